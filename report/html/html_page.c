/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/html/html.h"
#include "report/state/chain/sha256.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

/* The style sheet by its hash: an attribute has none. */
static void policy(struct buf *out, const struct html_page *page)
{
	unsigned char hash[SHA256_BYTES];
	struct sha256 sum;

	sha256_init(&sum);
	sha256_add(&sum, html_style, strlen(html_style));
	sha256_add(&sum, page->style, strlen(page->style));
	sha256_end(&sum, hash);
	buf_puts(out, "default-src 'none';style-src 'sha256-");
	text_base64_encode(out, TEXT_BASE64, hash, sizeof(hash));
	buf_puts(out, "';img-src data:;base-uri 'none';form-action 'none'");
}

void html_begin(struct buf *out, const struct html_page *page)
{
	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
		      "charset=\"utf-8\"><meta name=\"viewport\" content=\""
		      "width=device-width,initial-scale=1\"><meta http-equiv="
		      "\"Content-Security-Policy\" content=\"");
	policy(out, page);
	buf_puts(out, "\"><meta name=\"referrer\" content=\"no-referrer\">");
	if (page->refresh_s)
		buf_printf(out, "<meta http-equiv=\"refresh\" content=\"%u\">",
			   page->refresh_s);
	/* an icon of its own, or a browser asks for one */
	buf_puts(out, "<link rel=\"icon\" href=\"data:,\"><title>");
	html_text(out, page->title);
	buf_printf(out, "</title><style>%s%s</style></head><body>\n",
		   html_style, page->style);
}

void html_end(struct buf *out)
{
	buf_puts(out, "</body></html>\n");
}
