/* SPDX-License-Identifier: MIT */
#include "report/html/html.h"

/* Colours keep a contrast of 4.5:1 with what is behind them, WCAG 2.2, and
 * what they tell is said in words and patterns as well.  Paper is light,
 * whatever the reader's screen is. */
const char html_style[] =
	":root{color-scheme:light dark;--back:#fff;--card:#f6f7f9;"
	"--text:#1b1f24;--dim:#57606a;--line:#d0d7de;--up:#1a7f37;"
	"--degraded:#9a6700;--down:#c62828;--unknown:#656d76;--none:#c4cad1}"
	"@media screen and (prefers-color-scheme:dark){:root{--back:#0f1318;"
	"--card:#171c22;--text:#e6eaef;--dim:#9aa5b1;--line:#2f3741;"
	"--up:#3fb950;--degraded:#d8a52c;--down:#ff6b61;--unknown:#8b949e;"
	"--none:#3a434d}}"
	"*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:60rem;padding:1rem;"
	"background:var(--back);color:var(--text);"
	"font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
	"h1{font-size:1.4rem;margin:.2rem 0}"
	"h2{font-size:1.1rem;margin:1.4rem 0 .5rem}"
	"h3{font-size:1rem;margin:0;display:inline}"
	"p{margin:.3rem 0}.dim{color:var(--dim);font-size:.875rem}"
	"table{border-collapse:collapse;width:100%;font-size:.875rem}"
	"th,td{text-align:left;padding:.25rem .5rem .25rem 0;"
	"border-bottom:1px solid var(--line);vertical-align:top}"
	"thead th{overflow-wrap:normal}"
	"summary{cursor:pointer;color:var(--dim);font-size:.875rem}"
	".wide{overflow-x:auto}footer{margin-top:2rem}";
