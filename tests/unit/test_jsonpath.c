/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/jsonpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* A path and what it finds, as one JSON array.  Documents and results are
 * written with ' for the quotes of JSON. */
struct row {
	const char *path;
	const char *found;
};

static struct errs es;

static cJSON *tree_of(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);
	struct source src = { "document", copy, len };

	assert_non_null(copy);
	for (size_t i = 0; i <= len; i++)
		copy[i] = text[i] == '\'' ? '"' : text[i];
	memset(&es, 0, sizeof(es));
	cJSON *tree = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
	if (!tree)
		fail_msg("%s: %s", text, es.item[0].text);
	free(copy);
	return tree;
}

static void found_print(const struct nodelist *found, struct buf *out)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < found->n; i++) {
		if (i)
			buf_putc(out, ',');
		assert_true(json_print(found->item[i], out));
	}
	buf_putc(out, ']');
	for (size_t i = 0; i < out->len; i++)
		if (out->text[i] == '"')
			out->text[i] = '\'';
}

/* Every node found has a path of its own that finds it again. */
static void check_normalized(struct arena *a, const cJSON *tree,
			     const struct nodelist *found)
{
	for (size_t i = 0; i < found->n; i++) {
		struct nodelist again;
		struct buf text;
		buf_init(&text, BUF_NO_LIMIT);
		assert_true(jsonpath_normalized(tree, found->item[i], &text));
		const struct jsonpath *path = jsonpath_compile(
			a, buf_text(&text), text.len, NOWHERE, &es);
		assert_non_null(path);
		assert_true(jsonpath_is_singular(path));
		nodelist_init(&again);
		assert_int_equal(jsonpath_eval(path, tree, &again),
				 JSONPATH_OK);
		assert_int_equal(again.n, 1);
		assert_ptr_equal(again.item[0], found->item[i]);
		nodelist_release(&again);
		buf_release(&text);
	}
}

static void check_row(const cJSON *tree, const struct row *row)
{
	struct arena *a = arena_new(1 << 20);
	struct nodelist found;
	struct buf out;

	memset(&es, 0, sizeof(es));
	buf_init(&out, BUF_NO_LIMIT);
	nodelist_init(&found);
	const struct jsonpath *path =
		jsonpath_compile(a, row->path, strlen(row->path), NOWHERE, &es);
	if (!path)
		fail_msg("%s: %s", row->path, es.item[0].text);
	assert_int_equal(es.n, 0);
	assert_string_equal(jsonpath_text(path), row->path);
	assert_int_equal(jsonpath_eval(path, tree, &found), JSONPATH_OK);
	found_print(&found, &out);
	if (strcmp(buf_text(&out), row->found) != 0)
		fail_msg("%s found %s, not %s", row->path, buf_text(&out),
			 row->found);
	check_normalized(a, tree, &found);
	nodelist_release(&found);
	buf_release(&out);
	arena_free(a);
}

static void check_rows(const char *document, const struct row *rows, size_t n)
{
	cJSON *tree = tree_of(document);

	for (size_t i = 0; i < n; i++)
		check_row(tree, &rows[i]);
	cJSON_Delete(tree);
}

static void test_names(void **state)
{
	static const struct row rows[] = {
		{ "$.up", "[true]" },
		{ "$['up']", "[true]" },
		{ "$[\"up\"]", "[true]" },
		{ "$[ 'up' ]", "[true]" },
		{ "$ .up", "[true]" },
		{ "$\n['up']", "[true]" },
		{ "$.UP", "[]" },
		{ "$.missing", "[]" },
		{ "$.up.down", "[]" },
		{ "$.part.db", "['ok']" },
		{ "$['part']['db']", "['ok']" },
		{ "$.part ['db']", "['ok']" },
		{ "$.part\t.db", "['ok']" },
		{ "$['part'].db", "['ok']" },
		{ "$['']", "[1]" },
		{ "$['a.b']", "[2]" },
		{ "$['a b']", "[3]" },
		{ "$[\"it's\"]", "[4]" },
		{ "$['it\\'s']", "[4]" },
		{ "$.caf\xc3\xa9", "[5]" },
		{ "$['caf\xc3\xa9']", "[5]" },
		{ "$['caf\\u00e9']", "[5]" },
		{ "$[\"caf\\u00E9\"]", "[5]" },
		{ "$.\xf0\x9f\x98\x80", "[6]" },
		{ "$['\\ud83d\\ude00']", "[6]" },
		{ "$['\\uD83D\\uDE00']", "[6]" },
		{ "$._x1", "[7]" },
		{ "$['\\\\']", "[8]" },
		{ "$['\\/']", "[9]" },
		{ "$['/']", "[9]" },
		{ "$['\\t']", "[10]" },
		{ "$['\\u0009']", "[10]" },
		{ "$[\"\\n\"]", "[11]" },
		{ "$['\\b\\f\\r']", "[12]" },
		{ "$.true", "[13]" },
		{ "$.null", "[14]" },
		{ "$['0']", "[15]" },
		{ "$[0]", "[]" },
		{ "$['$']", "[16]" },
		{ "$['@']", "[17]" },
		{ "$['*']", "[18]" },
		{ "$['x','up','part']", "[true,{'db':'ok'}]" },
		{ "$['up','up']", "[true,true]" },
		{ "$.length", "[]" },
		{ "$.part.db.length", "[]" },
	};

	(void)state;
	check_rows("{'up':true,'part':{'db':'ok'},'':1,'a.b':2,'a b':3,"
		   "'it\\u0027s':4,'caf\xc3\xa9':5,'\\ud83d\\ude00':6,"
		   "'_x1':7,'\\\\':8,'/':9,'\\t':10,'\\n':11,'\\b\\f\\r':12,"
		   "'true':13,'null':14,'0':15,'$':16,'@':17,'*':18}",
		   rows, LEN(rows));
}

static void test_root(void **state)
{
	static const struct row whole = { "$", "[[1,{'a':null}]]" };
	static const struct row scalar[] = {
		{ "$", "['x']" },    { "$.a", "[]" },	{ "$[0]", "[]" },
		{ "$.*", "[]" },     { "$..*", "[]" },	{ "$..a", "[]" },
		{ "$[0:1]", "[]" },  { "$[?@]", "[]" }, { "$[-1]", "[]" },
		{ "$[::-1]", "[]" },
	};

	(void)state;
	check_rows("[1,{'a':null}]", &whole, 1);
	check_rows("'x'", scalar, LEN(scalar));
}

static const struct row indexes_rows[] = {
	{ "$[0]", "[0]" },
	{ "$[6]", "[6]" },
	{ "$[7]", "[]" },
	{ "$[-1]", "[6]" },
	{ "$[-7]", "[0]" },
	{ "$[-8]", "[]" },
	{ "$[9007199254740991]", "[]" },
	{ "$[-9007199254740991]", "[]" },
	{ "$[2,0,2]", "[2,0,2]" },
	{ "$[ 2 , 0 ]", "[2,0]" },
	{ "$['a']", "[]" },
	{ "$[0].a", "[]" },
	{ "$[0][0]", "[]" },
	{ "$[:]", "[0,1,2,3,4,5,6]" },
	{ "$[::]", "[0,1,2,3,4,5,6]" },
	{ "$[0:7]", "[0,1,2,3,4,5,6]" },
	{ "$[1:3]", "[1,2]" },
	{ "$[1:]", "[1,2,3,4,5,6]" },
	{ "$[:2]", "[0,1]" },
	{ "$[5:99]", "[5,6]" },
	{ "$[99:]", "[]" },
	{ "$[3:3]", "[]" },
	{ "$[3:1]", "[]" },
	{ "$[-2:]", "[5,6]" },
	{ "$[:-5]", "[0,1]" },
	{ "$[-3:-1]", "[4,5]" },
	{ "$[-99:2]", "[0,1]" },
	{ "$[-99:-98]", "[]" },
	{ "$[::2]", "[0,2,4,6]" },
	{ "$[1::3]", "[1,4]" },
	{ "$[1:5:2]", "[1,3]" },
	{ "$[0:7:99]", "[0]" },
	{ "$[::1]", "[0,1,2,3,4,5,6]" },
	{ "$[::0]", "[]" },
	{ "$[1:5:0]", "[]" },
	{ "$[::-1]", "[6,5,4,3,2,1,0]" },
	{ "$[::-3]", "[6,3,0]" },
	{ "$[5:1:-2]", "[5,3]" },
	{ "$[1:5:-1]", "[]" },
	{ "$[3::-1]", "[3,2,1,0]" },
	{ "$[:3:-1]", "[6,5,4]" },
	{ "$[99::-1]", "[6,5,4,3,2,1,0]" },
	{ "$[-1:-4:-1]", "[6,5,4]" },
	{ "$[:-99:-1]", "[6,5,4,3,2,1,0]" },
	{ "$[-99::-1]", "[]" },
	{ "$[0::-1]", "[0]" },
	{ "$[0:0:-1]", "[]" },
	{ "$[-7:1]", "[0]" },
	{ "$[9007199254740991::-9007199254740991]", "[6]" },
	{ "$[::9007199254740991]", "[0]" },
	{ "$[-9007199254740991:9007199254740991:3]", "[0,3,6]" },
	{ "$[ 1 : 5 : 2 ]", "[1,3]" },
	{ "$[1\t:\n5]", "[1,2,3,4]" },
	{ "$[ : ]", "[0,1,2,3,4,5,6]" },
	{ "$[0, 5:, -1, :2]", "[0,5,6,6,0,1]" },
	{ "$[*]", "[0,1,2,3,4,5,6]" },
	{ "$.*", "[0,1,2,3,4,5,6]" },
	{ "$[*,0]", "[0,1,2,3,4,5,6,0]" },
};

static void test_indexes(void **state)
{
	static const struct row none[] = {
		{ "$[0]", "[]" },     { "$[-1]", "[]" }, { "$[:]", "[]" },
		{ "$[::-1]", "[]" },  { "$[*]", "[]" },	 { "$[1:2]", "[]" },
		{ "$[-2:-1]", "[]" }, { "$..*", "[]" },	 { "$[?@]", "[]" },
	};
	static const struct row members[] = {
		{ "$[0]", "[]" },
		{ "$[:]", "[]" },
		{ "$[::-1]", "[]" },
		{ "$[*]", "[1]" },
	};

	(void)state;
	check_rows("[0,1,2,3,4,5,6]", indexes_rows, LEN(indexes_rows));
	check_rows("[]", none, LEN(none));
	check_rows("{'0':1}", members, LEN(members));
}

static void test_wildcards(void **state)
{
	static const struct row rows[] = {
		{ "$.*", "[{'j':1,'k':2},[5,3]]" },
		{ "$[*]", "[{'j':1,'k':2},[5,3]]" },
		{ "$.o.*", "[1,2]" },
		{ "$.o[*,*]", "[1,2,1,2]" },
		{ "$.a[*]", "[5,3]" },
		{ "$.*.*", "[1,2,5,3]" },
		{ "$[*][0]", "[5]" },
		{ "$[*]['k',0]", "[2,5]" },
		{ "$.*.*.*", "[]" },
		{ "$['o','a']", "[{'j':1,'k':2},[5,3]]" },
		{ "$['a','o'].*", "[5,3,1,2]" },
	};

	(void)state;
	check_rows("{'o':{'j':1,'k':2},'a':[5,3]}", rows, LEN(rows));
}

static void test_descendants(void **state)
{
	static const struct row rows[] = {
		{ "$..id", "[1,2,3]" },
		{ "$..['id']", "[1,2,3]" },
		{ "$..[ 'id' ]", "[1,2,3]" },
		{ "$..id.x", "[]" },
		{ "$..kids..id", "[2,3,3]" },
		{ "$..kids[0].id", "[2,3]" },
		{ "$..[0]", "[{'id':2,'kids':[{'id':3}]},{'id':3}]" },
		{ "$..[0].id", "[2,3]" },
		{ "$..[-1].id", "[2,3]" },
		{ "$..[0:1].id", "[2,3]" },
		{ "$..[::-1].id", "[2,3]" },
		{ "$..*", "[1,[{'id':2,'kids':[{'id':3}]}],"
			  "{'id':2,'kids':[{'id':3}]},2,[{'id':3}],{'id':3},"
			  "3]" },
		{ "$..[*].id", "[2,3]" },
		{ "$..['kids','id']",
		  "[[{'id':2,'kids':[{'id':3}]}],1,[{'id':3}],2,3]" },
		{ "$..[?@.id==3]", "[{'id':3}]" },
		{ "$..[?@.id>1].id", "[2,3]" },
		{ "$ ..id", "[1,2,3]" },
		{ "$.kids..kids", "[[{'id':3}]]" },
		{ "$..none", "[]" },
	};
	static const struct row order[] = {
		{ "$..j", "[1,4]" },
		{ "$..[0]", "[5,{'j':4}]" },
		{ "$..[1]", "[3,{'k':6}]" },
		{ "$.o..[*,*]", "[1,2,1,2]" },
		{ "$.a..[0,1]", "[5,3,{'j':4},{'k':6}]" },
		{ "$..*..*", "[1,2,5,3,[{'j':4},{'k':6}],{'j':4},{'k':6},4,6,"
			     "{'j':4},{'k':6},4,6,4,6]" },
	};

	(void)state;
	check_rows("{'id':1,'kids':[{'id':2,'kids':[{'id':3}]}]}", rows,
		   LEN(rows));
	check_rows("{'o':{'j':1,'k':2},'a':[5,3,[{'j':4},{'k':6}]]}", order,
		   LEN(order));
}

/* Each row is one filter on the members of one document. */
static const struct row filters_rows[] = {
	{ "$[?@.v]", "[{'n':1,'v':1},{'n':2,'v':null},"
		     "{'n':3,'v':false},{'n':4,'v':'b'}]" },
	{ "$[?@.v].n", "[1,2,3,4]" },
	{ "$[?(@.v)].n", "[1,2,3,4]" },
	{ "$[? @.v ].n", "[1,2,3,4]" },
	{ "$[?!@.v].n", "[5,6]" },
	{ "$[?! @.v].n", "[5,6]" },
	{ "$[?!(@.v)].n", "[5,6]" },
	{ "$[?!(@.v==1)].n", "[2,3,4,5,6]" },
	{ "$[?!(!@.v)].n", "[1,2,3,4]" },
	{ "$[?@.v==1].n", "[1]" },
	{ "$[?@.v == 1].n", "[1]" },
	{ "$[?1==@.v].n", "[1]" },
	{ "$[?@.v==1.0].n", "[1]" },
	{ "$[?@.v==1e0].n", "[1]" },
	{ "$[?@.v==10e-1].n", "[1]" },
	{ "$[?@.v=='1'].n", "[]" },
	{ "$[?@.v==true].n", "[]" },
	{ "$[?@.v==null].n", "[2]" },
	{ "$[?@.v==false].n", "[3]" },
	{ "$[?@.v!=null].n", "[1,3,4,5,6]" },
	{ "$[?@.v=='b'].n", "[4]" },
	{ "$[?@.v==\"b\"].n", "[4]" },
	{ "$[?@.v=='\\u0062'].n", "[4]" },
	{ "$[?@.v!='b'].n", "[1,2,3,5,6]" },
	{ "$[?@.v<'c'].n", "[4]" },
	{ "$[?@.v<2].n", "[1]" },
	{ "$[?@.v<=1].n", "[1]" },
	{ "$[?@.v<1].n", "[]" },
	{ "$[?@.v>0].n", "[1]" },
	{ "$[?@.v>=1].n", "[1]" },
	{ "$[?0<@.v].n", "[1]" },
	{ "$[?@.v>-1].n", "[1]" },
	{ "$[?@.v<=null].n", "[2]" },
	{ "$[?@.v>=false].n", "[3]" },
	{ "$[?@.v<null].n", "[]" },
	{ "$[?@.v==@.v].n", "[1,2,3,4,5,6]" },
	{ "$[?@.v==@.none].n", "[5,6]" },
	{ "$[?@.v!=@.none].n", "[1,2,3,4]" },
	{ "$[?@.v<=@.none].n", "[5,6]" },
	{ "$[?@.v<@.none].n", "[]" },
	{ "$[?@.v==@.n].n", "[1]" },
	{ "$[?@.n==$[1].n].n", "[2]" },
	{ "$[?@['n']==$[-1]['n']].n", "[6]" },
	{ "$[?@.n>1&&@.n<4].n", "[2,3]" },
	{ "$[?@.n > 1 && @.n < 4].n", "[2,3]" },
	{ "$[?@.n<2||@.n>5].n", "[1,6]" },
	{ "$[?@.n<2||@.n>2&&@.n<4].n", "[1,3]" },
	{ "$[?(@.n<2||@.n>2)&&@.n<4].n", "[1,3]" },
	{ "$[?(@.n<2||@.n>2)&&@.n>4].n", "[5,6]" },
	{ "$[?@.n==1||@.n==2||@.n==3].n", "[1,2,3]" },
	{ "$[?@.v&&@.n>1&&!(@.n==3)].n", "[2,4]" },
	{ "$[?((@.n==1))].n", "[1]" },
	{ "$[? ( ( @.n==1 ) ) ].n", "[1]" },
	{ "$[?@.w[0]==7].n", "[5]" },
	{ "$[?@.w[-1]==8].n", "[5]" },
	{ "$[?@.w[*]].n", "[5]" },
	{ "$[?@.w[?@==8]].n", "[5]" },
	{ "$[?@.w[?@>8]].n", "[]" },
	{ "$[?@.*].n", "[1,2,3,4,5,6]" },
	{ "$[?@..x].n", "[6]" },
	{ "$[?@.o.x=='y'].n", "[6]" },
	{ "$[?@.o .x=='y'].n", "[6]" },
	{ "$[?@.o==$[5].o].n", "[6]" },
	{ "$[?@.w==$[4].w].n", "[5]" },
	{ "$[?@.w!=$[4].w].n", "[1,2,3,4,6]" },
	{ "$[?@.w<=$[4].w].n", "[5]" },
	{ "$[?@.w<$[4].w].n", "[]" },
	{ "$[?@==$[0]].n", "[1]" },
	{ "$[?$].n", "[1,2,3,4,5,6]" },
	{ "$[?$[9]].n", "[]" },
	{ "$[?true==true].n", "[1,2,3,4,5,6]" },
	{ "$[?1==2].n", "[]" },
	{ "$[?@.n==1,?@.n==2].n", "[1,2]" },
	{ "$[?@.n<3,0].n", "[1,2,1]" },
	{ "$[0,?@.n<3].n", "[1,1,2]" },
	{ "$.*[?@=='y']", "[]" },
	{ "$.*.o[?@=='y']", "['y']" },
	{ "$..[?@=='y']", "['y']" },
	{ "$[?@.n==-0]", "[]" },
	{ "$[?@.n<1e400].n", "[1,2,3,4,5,6]" },
};

static void test_filters(void **state)
{
	(void)state;
	check_rows("[{'n':1,'v':1},{'n':2,'v':null},{'n':3,'v':false},"
		   "{'n':4,'v':'b'},{'n':5,'w':[7,8]},{'n':6,'o':{'x':'y'}}]",
		   filters_rows, LEN(filters_rows));
}

/* Comparisons between any two kinds, on members of the root. */
static void test_compare(void **state)
{
	static const struct row rows[] = {
		{ "$.o[?$.no1==$.no2]", "[1]" },
		{ "$.o[?$.no1<=$.no2]", "[1]" },
		{ "$.o[?$.no1>=$.no2]", "[1]" },
		{ "$.o[?$.no1!=$.no2]", "[]" },
		{ "$.o[?$.no1<$.no2]", "[]" },
		{ "$.o[?$.no1=='g']", "[]" },
		{ "$.o[?$.no1!='g']", "[1]" },
		{ "$.o[?$.no1==null]", "[]" },
		{ "$.o[?1<=2]", "[1]" },
		{ "$.o[?1>2]", "[]" },
		{ "$.o[?13=='13']", "[]" },
		{ "$.o[?13<'14']", "[]" },
		{ "$.o[?'a'<='b']", "[1]" },
		{ "$.o[?'a'>'b']", "[]" },
		{ "$.o[?'a'<'aa']", "[1]" },
		{ "$.o[?''<'a']", "[1]" },
		{ "$.o[?'Z'<'a']", "[1]" },
		{ "$.o[?'z'<'\xc3\xa9']", "[1]" },
		{ "$.o[?'\xef\xbf\xbd'<'\xf0\x9f\x98\x80']", "[1]" },
		{ "$.o[?$.o==$.a]", "[]" },
		{ "$.o[?$.o!=$.a]", "[1]" },
		{ "$.o[?$.o==$.o]", "[1]" },
		{ "$.o[?$.o<=$.o]", "[1]" },
		{ "$.o[?$.o>=$.o]", "[1]" },
		{ "$.o[?$.o<$.o]", "[]" },
		{ "$.o[?$.a==$.a]", "[1]" },
		{ "$.o[?$.a>$.a]", "[]" },
		{ "$.o[?$.a==1]", "[]" },
		{ "$.o[?1<=$.a]", "[]" },
		{ "$.o[?1!=$.a]", "[1]" },
		{ "$.o[?$.p==$.q]", "[1]" },
		{ "$.o[?$.p!=$.q]", "[]" },
		{ "$.o[?$.p==$.r]", "[]" },
		{ "$.o[?true<=true]", "[1]" },
		{ "$.o[?true>true]", "[]" },
		{ "$.o[?false<true]", "[]" },
		{ "$.o[?true!=false]", "[1]" },
		{ "$.o[?null==null]", "[1]" },
		{ "$.o[?null>=null]", "[1]" },
		{ "$.o[?null<null]", "[]" },
		{ "$.o[?null==false]", "[]" },
		{ "$.o[?-0==0]", "[1]" },
		{ "$.o[?0.1==1e-1]", "[1]" },
		{ "$.o[?-1.5e+2==-150]", "[1]" },
		{ "$.o[?9007199254740993==9007199254740992]", "[1]" },
	};

	(void)state;
	check_rows("{'o':{'x':1},'a':[2,3],'p':{'m':1,'n':[{'k':2,'l':3}]},"
		   "'q':{'n':[{'l':3,'k':2}],'m':1},'r':{'m':1,'n':[]}}",
		   rows, LEN(rows));
}

static const struct row functions_rows[] = {
	{ "$[?length(@.t)==3].n", "[1]" },
	{ "$[?length(@.t) == 1].n", "[2]" },
	{ "$[?length( @.t )==0].n", "[3]" },
	{ "$[?length(@.t)<2].n", "[2,3]" },
	{ "$[?length(@.l)==2].n", "[4]" },
	{ "$[?length(@.m)==1].n", "[5]" },
	{ "$[?length(@)==2].n", "[1,2,3,4,5,6,7]" },
	{ "$[?length(@.n)==1].n", "[]" },
	{ "$[?length(@.none)==length(@.n)].n", "[1,2,3,4,5,6,7]" },
	{ "$[?length('abc')==length(@.t)].n", "[1]" },
	{ "$[?length('\\ud83d\\ude00')==1].n", "[1,2,3,4,5,6,7]" },
	{ "$[?length(1)==1].n", "[]" },
	{ "$[?length(length('x'))==1].n", "[]" },
	{ "$[?3==length(@.t)].n", "[1]" },
	{ "$[?length(value(@..d))==1].n", "[5]" },
	{ "$[?count(@.*)==2].n", "[1,2,3,4,5,6,7]" },
	{ "$[?count(@..*)>2].n", "[4,5]" },
	{ "$[?count(@.none)==0].n", "[1,2,3,4,5,6,7]" },
	{ "$[?count(@.n)==1].n", "[1,2,3,4,5,6,7]" },
	{ "$[?count(@['n','n'])==2].n", "[1,2,3,4,5,6,7]" },
	{ "$[?count($)==1].n", "[1,2,3,4,5,6,7]" },
	{ "$[?count(@.l[?@>1])==1].n", "[4]" },
	{ "$[?count( $[*] )>6].n", "[1,2,3,4,5,6,7]" },
	{ "$[?value(@..d)=='e'].n", "[5]" },
	{ "$[?value(@.l[*])==1].n", "[]" },
	{ "$[?value(@.l[0:1])==1].n", "[4]" },
	{ "$[?value(@.none)==@.none].n", "[1,2,3,4,5,6,7]" },
	{ "$[?value(@.n)==6].n", "[6]" },
	{ "$[?match(@.t,'a.c')].n", "[1]" },
	{ "$[?match(@.t, 'a.*')].n", "[1]" },
	{ "$[?match(@.t,'b')].n", "[]" },
	{ "$[?match(@.t,'')].n", "[3]" },
	{ "$[?!match(@.t,'a.c')].n", "[2,3,4,5,6,7]" },
	{ "$[?match(@.t,'\\\\p{Ll}{3}')].n", "[1]" },
	{ "$[?match(@.t,'\\\\d')].n", "[]" },
	{ "$[?match(@.n,'1')].n", "[]" },
	{ "$[?match(@.t,1)].n", "[]" },
	{ "$[?match(@.t,@.n)].n", "[]" },
	{ "$[?match(@.t,@.r)].n", "[]" },
	{ "$[?search(@.t,@.r)].n", "[]" },
	{ "$[?search(@.t,$[5].r)].n", "[]" },
	{ "$[?match('xyz',@.r)].n", "[6]" },
	{ "$[?search('wxyz',@.r)].n", "[6]" },
	{ "$[?search(@.t,'b')].n", "[1]" },
	{ "$[?search(@.t,'')].n", "[1,2,3]" },
	{ "$[?search(@.t,'[bc]+')].n", "[1]" },
	{ "$[?search(@.t,'b')&&length(@.t)==3].n", "[1]" },
	{ "$[?search(@.u,'a.b')].n", "[]" },
	{ "$[?search(@.u,'a[\\\\n]b')].n", "[7]" },
	{ "$[?match(@.t,value($..re))].n", "[]" },
};

static void test_functions(void **state)
{
	(void)state;
	check_rows("[{'n':1,'t':'abc'},{'n':2,'t':'\\ud83d\\ude00'},"
		   "{'n':3,'t':''},{'n':4,'l':[1,2]},{'n':5,'m':{'d':'e'}},"
		   "{'n':6,'r':'x.z'},{'n':7,'u':'a\\nb'}]",
		   functions_rows, LEN(functions_rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_indexes),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_descendants),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
