"""Two browsers, each in a session of its own: pip install playwright && playwright install chromium."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mockserver import MockServer, MockSession

FRONTEND = """<!doctype html><title>Limits</title><ul></ul><script>
    fetch("/api/governance/model-configs")
        .then(answer => answer.json())
        .then(({model_configs}) => model_configs.forEach(config => {
            const item = document.createElement("li")
            item.textContent = config.model_name
            document.querySelector("ul").append(item)
        }))
</script>"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"))
        yield browser
        browser.close()


def opened(browser: Browser, session: MockSession) -> Page:
    """Return the page of a new browser context all of whose requests are in the session."""
    page = browser.new_context(extra_http_headers=session.headers).new_page()
    page.route("**/limits", lambda route: route.fulfill(body=FRONTEND, content_type="text/html"))
    page.goto(f"{session.url}/limits")
    return page


def test_two_browsers_never_see_each_other(browser: Browser, mock_server: MockServer) -> None:
    with mock_server.session() as one, mock_server.session() as other:
        one.state.import_({"model_configs": [{"model_name": "gpt-4o"}]})
        other.state.import_({"model_configs": [{"model_name": "o3"}, {"model_name": "claude-sonnet-4"}]})

        here, there = opened(browser, one), opened(browser, other)
        expect(here.locator("li")).to_have_text(["gpt-4o"])
        expect(there.locator("li")).to_have_text(["o3", "claude-sonnet-4"])

        one.state.import_({"model_configs": []})
        here.reload()
        there.reload()
        expect(there.locator("li")).to_have_text(["o3", "claude-sonnet-4"])
        expect(here.locator("li")).to_have_count(0)
