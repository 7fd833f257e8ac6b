/*
 * Reachability: an answer with any status is one. Roots are looked up by
 * subject, as the handshake does.
 */
#include "common/def.h"
#include "installer/doctor_net.h"

#include <openssl/x509_vfy.h>

#include "common/aws/endpoint.h"
#include "common/http.h"
#include "installer/layout.h"

#define CONNECT_MS 3000
#define TOTAL_MS 6000

static const char *const services[INST_DOCTOR_HOSTS] = { "ssm", "ssmmessages",
							 "ec2messages" };

/* The other two have the host of ssm with another first label. */
static int find_url(const char **url, struct sm_arena *a, size_t i,
		    const char *region, struct sm_err *e)
{
	static const char head[] = "https://ssm.";
	struct sm_buf b = SM_BUF_INIT((size_t)SM_AWS_ENDPOINT_URL_MAX);
	unsigned flags = sm_aws_endpoint_flags(NULL, sm_str(""));
	int r;

	if (i == INST_DOCTOR_SSM)
		r = sm_aws_endpoint_resolve(SM_AWS_SSM, region, NULL, flags, &b,
					    e);
	else
		r = sm_aws_endpoint_url(SM_AWS_SSM, region, 0, &b, e);
	if (r >= 0 && i == INST_DOCTOR_SSM)
		*url = sm_arena_dup(a, sm_buf_str(&b));
	else if (r >= 0 && sm_str_starts(sm_buf_str(&b), head))
		*url = inst_layout_text(a, "https://%s.%s", services[i],
					sm_buf_z(&b) + strlen(head));
	else if (r >= 0)
		r = sm_err_set(e, SM_EUSAGE, "no endpoint for region '%s'",
			       region);
	sm_buf_release(&b);
	return r;
}

static void try_host(struct inst_doctor_reach *h, struct sm_arena *a)
{
	struct sm_http_request q = { 0 };
	struct sm_http_response p;
	struct sm_err e = SM_ERR_INIT;
	int r;

	sm_http_response_init(&p, false);
	q.url = inst_layout_text(a, "%s/", h->url);
	q.connect_timeout_ms = CONNECT_MS;
	q.total_timeout_ms = TOTAL_MS;
	r = sm_http_perform(&q, &p, &e);
	h->reached = r < 0 ? INST_DOCTOR_NO : INST_DOCTOR_YES;
	h->refused = r == SM_EVERIFY;
	h->text = r < 0 ? sm_arena_dup(a, sm_str(sm_err_msg(&e))) :
			  inst_layout_text(a, "status %d", p.status);
	sm_http_response_release(&p);
}

int inst_doctor_net_reach(struct inst_doctor_facts *f, struct sm_arena *a,
			  const char *region, struct sm_err *e)
{
	struct sm_buf proxy = SM_BUF_INIT((size_t)4096);
	size_t i;
	int r = 0;

	for (i = 0; i < INST_DOCTOR_HOSTS; i++) {
		r = find_url(&f->host[i].url, a, i, region, e);
		if (r < 0)
			goto out;
	}
	if (sm_http_proxy_describe(f->host[INST_DOCTOR_SSMMESSAGES].url,
				   &proxy) == 1)
		f->proxy = sm_arena_dup(a, sm_buf_str(&proxy));
	for (i = 0; i < INST_DOCTOR_HOSTS; i++)
		try_host(&f->host[i], a);
out:
	sm_buf_release(&proxy);
	return r;
}

/* --- roots ----------------------------------------------------------------- */

struct part {
	const char *field, *value;
};

/* Subjects of the roots that the guide names; read from the certificates. */
static const struct {
	const char *name;
	struct part part[6];
} roots[] = {
	{ "Amazon Root CA 1",
	  { { "C", "US" }, { "O", "Amazon" }, { "CN", "Amazon Root CA 1" } } },
	{ "Starfield Services Root Certificate Authority - G2",
	  { { "C", "US" },
	    { "ST", "Arizona" },
	    { "L", "Scottsdale" },
	    { "O", "Starfield Technologies, Inc." },
	    { "CN", "Starfield Services Root Certificate Authority - G2" } } },
	{ "Starfield Class 2 Certification Authority",
	  { { "C", "US" },
	    { "O", "Starfield Technologies, Inc." },
	    { "OU", "Starfield Class 2 Certification Authority" } } },
};

static bool has(X509_STORE_CTX *ctx, const struct part *part)
{
	X509_NAME *name = X509_NAME_new();
	X509_OBJECT *found = NULL;

	for (; name && part->field; part++) {
		if (X509_NAME_add_entry_by_txt(
			    name, part->field, MBSTRING_UTF8,
			    (const unsigned char *)part->value, -1, -1, 0) != 1)
			goto out;
	}
	found = X509_STORE_CTX_get_obj_by_subject(ctx, X509_LU_X509, name);
out:
	X509_OBJECT_free(found);
	X509_NAME_free(name);
	return found != NULL;
}

/* What cannot be read holds no roots. */
static int load(X509_STORE *store, struct sm_err *e)
{
	struct sm_buf file = SM_BUF_INIT((size_t)8192);
	struct sm_buf dir = SM_BUF_INIT((size_t)8192);
	int r = sm_http_roots_find(&file, &dir, e);

	if (r >= 0 && file.len)
		(void)X509_STORE_load_file(store, sm_buf_z(&file));
	if (r >= 0 && dir.len)
		(void)X509_STORE_load_path(store, sm_buf_z(&dir));
	sm_buf_release(&file);
	sm_buf_release(&dir);
	return r;
}

void inst_doctor_net_roots(struct inst_doctor_facts *f, struct sm_arena *a)
{
	X509_STORE *store = NULL;
	X509_STORE_CTX *ctx = NULL;
	struct sm_buf text = SM_BUF_INIT((size_t)1024);
	struct sm_err e = SM_ERR_INIT;
	size_t i;

	if (f->platform == SM_PLATFORM_WINDOWS)
		return;
	store = X509_STORE_new();
	ctx = X509_STORE_CTX_new();
	if (!store || !ctx)
		goto out;
	f->roots_known = INST_DOCTOR_YES;
	if (load(store, &e) < 0) {
		f->roots_error = sm_arena_dup(a, sm_str(sm_err_msg(&e)));
		goto out;
	}
	if (X509_STORE_CTX_init(ctx, store, NULL, NULL) != 1)
		goto out;
	for (i = 0; i < SM_ARRAY_LEN(roots); i++) {
		if (has(ctx, roots[i].part))
			(void)sm_buf_printf(&text, "%s%s", text.len ? ", " : "",
					    roots[i].name); /* fits */
	}
	f->roots = sm_arena_dup(a, sm_buf_str(&text));
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sm_buf_release(&text);
}
