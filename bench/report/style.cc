// Colours are told apart by people who see few of them (after Okabe and Ito, darkened or lightened
// until they stand out by 3:1 and more from their background); shapes of points say the same again.
#include "bench/report/page.h"

namespace scraper::bench::report {

const std::string_view kColours = R"css(
:root { color-scheme: light dark; --back: #ffffff; --card: #f5f7f9; --text: #1c2127; --muted: #545d68; --rule: #d3d9e0; --link: #0a58a8;
  --grid: #dfe4ea; --axis: #8b949e; --ideal: #6b7480; --first: #0067a8; --second: #c44e00; --third: #007a56; --fourth: #a03a7c; --fifth: #7a6200; }
@media screen and (prefers-color-scheme: dark) { :root { --back: #14181d; --card: #1c2229; --text: #e4e8ed; --muted: #a5afba; --rule: #39424d;
  --link: #7cb8f5; --grid: #2b333c; --axis: #77828e; --ideal: #97a2ae; --first: #5cb6ee; --second: #f58a4b; --third: #3ecb9c; --fourth: #e795c8; --fifth: #e3cf57; } }
)css";

const std::string_view kPageStyle = R"css(
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 88rem; padding: 1rem clamp(0.9rem, 3vw, 2.5rem) 3rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: clamp(1.5rem, 1.2rem + 1.6vw, 2.3rem); line-height: 1.2; margin: 0.6rem 0 0.4rem; text-wrap: balance; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 0.6rem; padding-top: 0.5rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.15rem; line-height: 1.3; margin: 1.2rem 0 0.4rem; }
h4 { font-size: 1.02rem; line-height: 1.3; margin: 0 0 0.25rem; }
.interval { white-space: nowrap; color: var(--muted); }
p { margin: 0.3rem 0; }
a { color: var(--link); }
.question { max-width: 60rem; font-size: 1.1rem; }
nav { margin: 0.8rem 0; } nav a { margin-right: 1.1rem; white-space: nowrap; }
.machine { color: var(--muted); font-size: 0.875rem; }
.machine p { margin: 0.15rem 0; } code { font: 0.92em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.note { color: var(--muted); font-size: 0.9rem; max-width: 70rem; }
.findings { columns: 34rem; column-gap: 1.2rem; }
.finding { break-inside: avoid; margin: 0 0 1rem; padding: 0.8rem 1rem; border: 1px solid var(--rule); border-radius: 0.5rem; background: var(--card);
  font-variant-numeric: tabular-nums; }
.finding.main { column-span: all; border-left: 0.3rem solid var(--first); }
.finding ul { margin: 0.4rem 0 0; padding-left: 1.1rem; font-size: 0.925rem; } .finding li { margin: 0.15rem 0; }
.group > p { max-width: 70rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin: 0.3rem 0 0.6rem; padding: 0; list-style: none; font-size: 0.925rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 23rem), 1fr)); gap: 1rem; margin-bottom: 1.6rem; }
figure { margin: 0; padding: 0.6rem 0.5rem 0.3rem; border: 1px solid var(--rule); border-radius: 0.5rem; break-inside: avoid; min-width: 0; }
figcaption { font-weight: 600; font-size: 0.95rem; padding-left: 0.4rem; }
svg.plot { display: block; width: 100%; height: auto; font-family: inherit; }
.scroll { overflow-x: auto; margin: 0.2rem 0 1.4rem; border: 1px solid var(--rule); border-radius: 0.5rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.8rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.45rem; text-align: right; vertical-align: top; white-space: nowrap; }
th { font-weight: 600; } thead th { vertical-align: bottom; background: var(--card); border-bottom: 1px solid var(--rule); }
thead small { font-weight: 400; }
small { display: block; color: var(--muted); font-size: 0.92em; }
.word { text-align: left; } td.word { white-space: nowrap; } td.wide { text-align: left; white-space: normal; min-width: 16rem; color: var(--muted); }
tbody tr.new td, tbody tr.new th { border-top: 1px solid var(--rule); }
.mark-first { color: var(--first); } .mark-second { color: var(--second); } .mark-third { color: var(--third); }
.mark-fourth { color: var(--fourth); } .mark-fifth { color: var(--fifth); } .mark-ideal { color: var(--ideal); }
.glyph { display: inline-block; min-width: 1.1em; }
@media print { html { font-size: 9pt; } body { max-width: none; padding: 0; } nav { display: none; } .scroll { overflow: visible; border: 0; }
  .findings { columns: auto; } .finding { margin-bottom: 0.6rem; } table { font-size: 5.6pt; } th, td { padding: 0.1rem 0.2rem; }
  .charts { grid-template-columns: repeat(3, 1fr); } h2, h3, h4 { break-after: avoid; } tr { break-inside: avoid; }
  thead { display: table-header-group; } }
)css";

}  // namespace scraper::bench::report
