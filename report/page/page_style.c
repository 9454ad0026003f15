/* SPDX-License-Identifier: MIT */
#include "report/page/page_parts.h"

/* Behind html_style (report/html/html.h), whose colours it takes. */
const char page_style[] =
	".all{border-left:.5rem solid var(--unknown);padding:.6rem 1rem;"
	"background:var(--card);font-size:1.1rem;font-weight:600}"
	".all.ok{border-color:var(--up)}.all.degraded{border-color:"
	"var(--degraded)}.all.down{border-color:var(--down)}"
	".check{background:var(--card);border:1px solid var(--line);"
	"border-radius:.4rem;padding:.7rem 1rem;margin:.6rem 0;"
	"break-inside:avoid}"
	".word{float:right;font-weight:600}.ok .word{color:var(--up)}"
	".degraded .word{color:var(--degraded)}.down .word{color:var(--down)}"
	".unknown .word{color:var(--unknown)}"
	"svg{display:block;width:100%;height:auto;margin:.5rem 0 .1rem}"
	".bars{height:2.2rem}.chart{height:5.5rem}.chart path{vector-effect:"
	"non-scaling-stroke}"
	".u{fill:var(--up)}.g{fill:var(--degraded)}.d{fill:var(--down)}"
	".i{fill:var(--unknown)}.n{fill:none;stroke:var(--unknown);"
	"stroke-width:.6;stroke-dasharray:1.5 1.5}"
	".share{white-space:nowrap;margin-right:1em}.key{display:inline-block;"
	"width:.8em;margin-right:.3em}.key svg{margin:0}"
	".p50{fill:none;stroke:var(--up);stroke-width:1.6}"
	".p95{fill:none;stroke:var(--degraded);stroke-width:1.6;"
	"stroke-dasharray:4 2}.axis{stroke:var(--line)}"
	".ends{display:flex;justify-content:space-between}"
	"td:last-child{min-width:8rem}"
	"@media print{details>*{display:block}body{max-width:none}}";
