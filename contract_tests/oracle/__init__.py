"""What a server may respond: for any exchange in any known state, with the rule that says so.

The oracle does no input or output and knows neither client nor test cases. It is open-world: what it cannot know, it
does not judge.
"""
