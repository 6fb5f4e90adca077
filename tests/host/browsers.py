"""A headless Chromium, as a person at the screen sees and uses it."""

import time
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By

DRIVER = Path("/usr/bin/chromedriver")

_PATIENCE_S = 30  # on a machine that has much else to do a page may take as long

_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # which root cannot have
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--ignore-certificate-errors",
    "--window-size=400,800",
)


class Browser:
    """A browser with one page.

    :param options: more switches of the command line.
    """

    def __init__(self, *options):
        settings = webdriver.ChromeOptions()
        for option in _OPTIONS + options:
            settings.add_argument(option)
        settings.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(settings, webdriver.ChromeService(str(DRIVER)))

    def close(self):
        """End it and its processes."""
        self.driver.quit()

    def forget(self):
        """Leave the page and drop all that it kept."""
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.errors()

    def open(self, url):
        """Go to a URL."""
        self.driver.get(url)

    @property
    def url(self):
        return self.driver.current_url

    def find(self, selector):
        """The element that a CSS selector finds."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector="body"):
        """The text that is seen of an element."""
        return self.find(selector).text

    def texts(self, selector):
        """The texts of all elements that a CSS selector finds, at one moment."""
        script = "return Array.from(document.querySelectorAll(arguments[0]), element => element.innerText.trim())"
        return self.driver.execute_script(script, selector)

    def type(self, selector, text):
        """Type into a field, in place of what is in it."""
        field = self.find(selector)
        if field.get_attribute("type") != "file":
            field.clear()
        field.send_keys(text)

    def click(self, selector):
        """Click on an element; where the page puts another in its place at that moment, on that one."""
        self.wait(lambda page: page.find(selector).click() is None)

    def wait(self, condition, seconds=_PATIENCE_S):
        """Wait until `condition(self)` is true, and return what it says; pages and elements may come and go."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = condition(self)
            except (NoSuchElementException, StaleElementReferenceException):
                value = None
            if value:
                return value
            assert time.monotonic() < end, f"not within {seconds} s, the page shows:\n{self.text()}\n{self.errors()}"
            time.sleep(0.05)

    def wait_for(self, text, selector="body", seconds=_PATIENCE_S):
        """Wait until an element shows a text."""
        self.wait(lambda page: any(text in found for found in page.texts(selector)), seconds)

    def run(self, script):
        """Run the body of a JavaScript function, a promise included, and return its result."""
        return self.driver.execute_async_script(
            f"const done = arguments[0]; (async () => {{ {script} }})().then(done, e => done(String(e)))"
        )

    def errors(self):
        """What was an error on the console since this was last asked, a missing icon left out."""
        messages = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        return [message for message in messages if "/favicon.ico" not in message]
