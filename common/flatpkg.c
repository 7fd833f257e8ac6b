/*
 * Flat packages: the one PackageInfo and the one Payload beside it. Signatures
 * are judged elsewhere, over the digest that the container has checked.
 */
#include "common/def.h"
#include "common/flatpkg.h"

#include <expat.h>

#define INFO_MAX ((size_t)256 << 10)

struct info {
	struct sm_flatpkg *p;
	XML_Parser parser;
	bool seen;
	bool bad;
};

static void copy_word(struct info *i, char *out, size_t size, const char *text)
{
	const char *c;

	for (c = text; *c; c++)
		if (*c <= 0x20 || *c >= 0x7f)
			i->bad = true;
	if (!*text || strlen(text) >= size)
		i->bad = true;
	else
		memcpy(out, text, strlen(text) + 1);
}

static void take_payload(struct info *i, const char **atts)
{
	for (; atts[0]; atts += 2)
		if ((!strcmp(atts[0], "numberOfFiles") &&
		     sm_str_u64(sm_str(atts[1]), UINT32_MAX, &i->p->n_files) <
			     0) ||
		    (!strcmp(atts[0], "installKBytes") &&
		     sm_str_u64(sm_str(atts[1]), UINT32_MAX, &i->p->kib) < 0))
			i->bad = true;
}

static void XMLCALL on_start(void *user, const char *name, const char **atts)
{
	struct info *i = user;

	if (!strcmp(name, "payload")) {
		take_payload(i, atts);
		return;
	}
	if (strcmp(name, "pkg-info") != 0 || i->seen)
		return;
	i->seen = true;
	for (; atts[0]; atts += 2) {
		if (!strcmp(atts[0], "identifier"))
			copy_word(i, i->p->identifier, sizeof(i->p->identifier),
				  atts[1]);
		else if (!strcmp(atts[0], "version"))
			copy_word(i, i->p->version, sizeof(i->p->version),
				  atts[1]);
	}
}

/* No entities: they could grow without end. */
static void XMLCALL on_doctype(void *user, const char *name, const char *sysid,
			       const char *pubid, int internal)
{
	struct info *i = user;

	SM_UNUSED(name);
	SM_UNUSED(sysid);
	SM_UNUSED(pubid);
	SM_UNUSED(internal);
	i->bad = true;
	XML_StopParser(i->parser, XML_FALSE);
}

static int parse_info(struct sm_flatpkg *p, struct sm_str xml, struct sm_err *e)
{
	struct info i = { p, XML_ParserCreate("UTF-8"), false, false };
	bool ok;

	if (!i.parser)
		sm_mem_exhausted();
	XML_SetUserData(i.parser, &i);
	XML_SetStartElementHandler(i.parser, on_start);
	XML_SetStartDoctypeDeclHandler(i.parser, on_doctype);
	ok = XML_Parse(i.parser, xml.ptr, (int)xml.len, 1) == XML_STATUS_OK;
	XML_ParserFree(i.parser);
	if (!ok || i.bad || !p->identifier[0] || !p->version[0])
		return sm_err_set(e, SM_EFORMAT, "PackageInfo is malformed");
	return 0;
}

/* The one file with this name at the top or in one folder. */
static int find_one(const struct sm_xar *x, const char *name,
		    const struct sm_xar_file **out, struct sm_err *e)
{
	const struct sm_xar_file *f;
	struct sm_str path;
	long slash;
	size_t i;

	*out = NULL;
	for (i = 0; i < x->n_files; i++) {
		f = &x->file[i];
		path = sm_str(f->path);
		slash = sm_str_chr(path, '/', 0);
		path = sm_str_sub(path, (size_t)(slash + 1), path.len);
		if (!sm_str_eqz(path, name) || !f->has_data)
			continue;
		if (*out)
			return sm_err_set(e, SM_ENOTSUP,
					  "package has several components");
		*out = f;
	}
	if (!*out)
		return sm_err_set(e, SM_EFORMAT, "package has no %s", name);
	return 0;
}

void sm_flatpkg_release(struct sm_flatpkg *p)
{
	sm_xar_release(&p->xar);
}

static int read_parts(struct sm_flatpkg *p, int fd, struct sm_err *e)
{
	const struct sm_xar_file *info, *payload;
	struct sm_buf xml = SM_BUF_INIT(INFO_MAX);
	int r;

	if ((r = find_one(&p->xar, "PackageInfo", &info, e)) < 0 ||
	    (r = find_one(&p->xar, "Payload", &payload, e)) < 0 ||
	    (r = sm_xar_extract(&p->xar, info, fd, &xml, e)) < 0 ||
	    (r = parse_info(p, sm_buf_str(&xml), e)) < 0)
		goto out;
	if (payload->coding != SM_XAR_STORED) {
		r = sm_err_set(e, SM_ENOTSUP, "payload is packed twice");
		goto out;
	}
	p->payload = payload->offset;
	p->payload_size = payload->length;
	r = sm_xar_check(payload, fd, e);
out:
	sm_buf_release(&xml);
	return r;
}

int sm_flatpkg_read(struct sm_flatpkg *p, int fd, struct sm_err *e)
{
	int r;

	memset(p, 0, sizeof(*p));
	if ((r = sm_xar_read(&p->xar, fd, e)) < 0)
		return r;
	if ((r = read_parts(p, fd, e)) < 0)
		sm_flatpkg_release(p);
	return r;
}
