"""What a request asks of the mock itself, and the answers that it forces."""
