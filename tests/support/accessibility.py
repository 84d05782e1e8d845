"""What axe-core finds wrong with a part of a page, for the tests in a real browser."""

from __future__ import annotations

SERIOUS = ("serious", "critical")
SCREENS = (853, 1024, 1440, 1920)
"""Widths of a window in pixels; the first is a window of 1280 pixels at a zoom of 150 %."""
LONGEST_LINE = 53
"""Of a text, in units of its font size."""
_UNREADABLE = """(longest) => {
  const edge = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect().right;
  const scrolls = (element) => {
    for (let up = element.parentElement; up && !up.matches(".jp-Cell"); up = up.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return true;
    }
    return false;
  };
  const found = [];
  const shown = ".jp-Notebook :is(.jp-Cell-outputArea, .jp-MarkdownOutput) *";
  for (const element of document.querySelectorAll(shown)) {
    const { right, width } = element.getBoundingClientRect();
    const start = element.outerHTML.slice(0, 150);
    if (width > 0 && right > edge + 1 && !scrolls(element)) found.push(`cut off: ${start}`);
    const lines = width / parseFloat(getComputedStyle(element).fontSize);
    if (element.matches(".jp-MarkdownOutput > p") && lines > longest) found.push(`long: ${start}`);
  }
  return found;
}"""
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"


def findings_in_both_themes(page, where: str) -> list[str]:
    """Return the serious findings in the light and then in the dark theme of a JupyterLab page.

    The page has the light theme before and afterwards.
    """
    findings = []
    for theme in (LIGHT, DARK):
        choose_theme(page, theme)
        findings += [f"{theme}: {finding}" for finding in serious_findings(page, where)]
    choose_theme(page, LIGHT)
    return findings


def hard_to_read_on_some_screen(page) -> list[str]:
    """Return what is cut off at the right, or has too long lines, in narrow and in wide windows.

    What can be scrolled is not cut off. The page has its first size afterwards.
    """
    before, findings = page.viewport_size, []
    for width in SCREENS:
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(300)
        scroll_through(page)
        found = page.evaluate(_UNREADABLE, LONGEST_LINE)
        findings += [f"{width} pixels: {finding}" for finding in found]
    page.set_viewport_size(before)
    return findings


def choose_theme(page, theme: str) -> None:
    """Choose a theme in JupyterLab's menu and wait until the page has it."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text(theme, exact=True).click()
    page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")
    page.wait_for_timeout(500)  # colours change in a transition


def scroll_through(page) -> None:
    """Show every part of the open notebook once: JupyterLab draws only cells that were in view."""
    panel = page.locator(".jp-WindowedPanel-outer").first
    bottom = 0
    while bottom < (height := panel.evaluate("panel => panel.scrollHeight")):
        panel.evaluate("(panel, top) => { panel.scrollTop = top }", bottom)
        page.wait_for_timeout(50)
        bottom = min(bottom + 700, height)
    panel.evaluate("panel => { panel.scrollTop = 0 }")


def serious_findings(page, where: str) -> list[str]:
    """Return axe-core's serious findings in the parts of a page that a CSS selector names.

    Args:
        page: a page of playwright.
        where: the selector; axe-core raises an error if the page has no such part.

    Returns:
        A line for each element: the rule, its help, and the beginning of the element.
    """
    from axe_playwright_python.sync_playwright import Axe

    # JupyterLab's body has no height and cuts off what is beyond it, so axe-core takes all text for
    # hidden and skips its contrast.
    page.add_style_tag(content="body { min-height: 100vh }")
    violations = Axe().run(page, where).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:150]}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
