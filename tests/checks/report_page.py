"""What report.sh asks of a page.

  report_page.py parse PAGE                  every element is closed in its turn, no id is twice, nothing is fetched or run
  report_page.py frame PAGE WIDTH            (standard output) a page that shows PAGE in a frame and writes down what it measures there
  report_page.py verdict DOM PLOTS SCHEME    what was written down: fails when it is not what it should be
"""
import html
import html.parser
import json
import re
import sys

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

MEASURE = """
const frame = document.getElementById('page');
const luminance = c => c.slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const channels = text => { const m = text.match(/[\\d.]+/g) || []; return m.map(Number); };
function background(element, view) {
  for (; element; element = element.parentElement) {
    const c = channels(view.getComputedStyle(element).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c;
  }
  return [255, 255, 255];
}
function measure() {
  const page = frame.contentDocument, view = frame.contentWindow, result = {wide: [], low: [], texts: 0};
  const root = page.documentElement;
  result.width = view.innerWidth;
  result.scroll = root.scrollWidth;
  result.dark = view.matchMedia('(prefers-color-scheme: dark)').matches;
  result.plots = [...page.querySelectorAll('svg')].filter(s => { const r = s.getBoundingClientRect(); return r.width > 100 && r.height > 100; }).length;
  for (const e of page.body.querySelectorAll('*')) {
    const r = e.getBoundingClientRect();
    if (!e.closest('.scroll') && !e.closest('svg') && r.right > view.innerWidth + 0.5) result.wide.push(e.tagName + '.' + e.className);
  }
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    if (!node.nodeValue.trim()) continue;
    const e = node.parentElement, style = view.getComputedStyle(e);
    const colour = channels(e.closest('svg') ? style.fill : style.color);
    const a = luminance(colour), b = luminance(background(e, view));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    // A mark of a legend is a drawing: 3:1.
    const least = e.classList.contains('glyph') ? 3 : 4.5;
    ++result.texts;
    if (!(contrast >= least)) result.low.push(contrast.toFixed(2) + ' ' + node.nodeValue.trim().slice(0, 30));
  }
  for (const name of ['wide', 'low']) result[name] = [...new Set(result[name])].slice(0, 5);
  document.getElementById('result').textContent = JSON.stringify(result);
}
frame.addEventListener('load', measure);
"""


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.wrong = [], set(), []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        self.look(tag, attributes)

    def handle_startendtag(self, tag, attributes):
        self.look(tag, attributes)

    def look(self, tag, attributes):
        for name, value in attributes:
            if name == "id" and value in self.ids:
                self.wrong.append(f"id {value} is there twice")
            if name == "id":
                self.ids.add(value)
            if name.startswith("on") or (name in ("href", "src", "xlink:href") and not value.startswith("#")):
                self.wrong.append(f"<{tag} {name}={value}>")
        if tag in ("script", "link", "iframe", "object", "img"):
            self.wrong.append(f"<{tag}>")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()} closes what is not open")
            self.open = []


def parse(path):
    page = open(path, encoding="utf-8").read()
    reader = Reader()
    reader.feed(page)
    reader.close()
    wrong = reader.wrong + [f"<{tag}> is never closed" for tag in reader.open]
    for target in re.findall(r'href=["\']#([^"\']+)', page):
        if target not in reader.ids:
            wrong.append(f"#{target} is nowhere")
    if "default-src 'none'" not in page:
        wrong.append("no Content-Security-Policy")
    return wrong


def frame(path, width):
    page = html.escape(open(path, encoding="utf-8").read(), quote=True)
    print(f'<!DOCTYPE html><meta charset="utf-8"><body><iframe id="page" width="{width}" height="900" style="border:0"></iframe>'
          f'<pre id="result"></pre><script>{MEASURE}\nframe.srcdoc = document.getElementById("source").value;</script></body>'
          .replace('<pre id="result">', f'<textarea id="source" hidden>{page}</textarea><pre id="result">'))


def verdict(path, plots, scheme):
    found = re.search(r'<pre id="result">(.*?)</pre>', open(path, encoding="utf-8").read(), re.S)
    if not found or not found.group(1):
        return ["nothing was measured"]
    result = json.loads(html.unescape(found.group(1)))
    wrong = []
    if result["dark"] != (scheme == "dark"):
        wrong.append(f"the page was not shown {scheme}")
    if result["scroll"] > result["width"] or result["wide"]:
        wrong.append(f"wider than {result['width']} px: {result['scroll']}, {result['wide']}")
    if result["plots"] != int(plots):
        wrong.append(f"{result['plots']} of {plots} plots have a size")
    if result["low"] or result["texts"] < 100:
        wrong.append(f"text that hardly stands out, {scheme}: {result['low']} of {result['texts']}")
    if not wrong:
        print(f"report: {result['width']} px, {scheme}: {result['plots']} plots, {result['texts']} pieces of text, nothing wrong")
    return wrong


if __name__ == "__main__":
    answer = {"parse": parse, "frame": frame, "verdict": verdict}[sys.argv[1]](*sys.argv[2:])
    for line in (answer or [])[:10]:
        print("report:", line)
    sys.exit(1 if answer else 0)
