"""A real browser subscribes: without a script, under the page's own rules, and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.mail_server import MailBox, link, mail_server
from tests.running import Running, running


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def service(tmp_path: Path, box: MailBox) -> Iterator[Running]:
    """A page that has a host, which is not the one that the browser visits."""
    mail: dict[str, object] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": "none",
        "sender": "status@acme.test",
    }
    with running(tmp_path, mail=mail) as service:
        with service.client() as api:
            api.patch("/api/v1/pages/main", json={"name": "Acme", "hosts": ["status.test"]})
            for name in ("Website", "API"):
                api.post("/api/v1/components", json={"name": name})
        yield service


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(chromium: Browser, service: Running, request: pytest.FixtureRequest) -> Iterator[Page]:
    context: BrowserContext = chromium.new_context(
        base_url=service.url, java_script_enabled=request.param
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    yield page
    context.close()
    assert [text for text in complaints if "Security Policy" in text] == []


def test_by_e_mail(page: Page, box: MailBox) -> None:
    page.goto("/pages/main/subscribe")
    form = page.get_by_role("region", name="By e-mail")
    form.get_by_label("Your e-mail address").fill("you@example.org")
    form.get_by_label("Only these").check()
    form.get_by_label("Website").check()
    form.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading")).to_have_text("Look into your mail")

    (invitation,) = box.wait_for(1)
    confirm = link(invitation, "/subscribe/")
    page.goto(confirm)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading")).to_have_text("You are subscribed")

    page.goto(confirm.replace("/subscribe/", "/subscription/"))
    expect(page.get_by_label("Website")).to_be_checked()
    page.get_by_label("API").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_label("API")).to_be_checked()
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading")).to_have_text("You are unsubscribed")


def test_by_webhook(page: Page) -> None:
    page.goto("/subscribe")
    form = page.get_by_role("region", name="By webhook")
    form.get_by_label("URL of your receiver").fill("http://10.0.0.1/hook")
    form.get_by_role("button", name="Next").click()
    secret = page.locator(".secret").inner_text()
    for _ in range(2):  # from the answer to the form, then from the page that it leads to
        page.get_by_role("button", name="Send the challenge").click()
        expect(page.get_by_role("alert")).to_contain_text("could not be reached")
        expect(page.locator(".secret")).to_have_text(secret)


def test_by_keyboard_alone_with_a_mistake_on_the_way(page: Page) -> None:
    page.goto("/subscribe")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your e-mail address")).to_be_focused()
    page.keyboard.type("nobody")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    field = page.get_by_label("Your e-mail address")
    expect(field).to_have_accessible_description("This is no e-mail address.")
    expect(field).to_have_value("nobody")
    expect(field).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")


@pytest.mark.parametrize("width", [320, 1_280])
def test_nothing_sticks_out(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/subscribe")
    page.get_by_label("URL of your receiver").fill(f"https://receiver.example/{'a' * 300}")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading")).to_have_text("Two steps to your webhook")
    for element in page.locator("main, main *").all():
        box = element.bounding_box()
        assert box is None or box["x"] + box["width"] <= width
