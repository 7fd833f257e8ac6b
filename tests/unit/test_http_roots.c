/*
 * Which certificates are trusted: a TLS server in this process with a
 * certificate made here, and the variables that name roots.
 */
#include "common/def.h"
#include "common/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/fs.h"
#include "common/os/env.h"

static char dir[128], bundle[160], hashed[160], other[160];

static struct {
	int fd;
	unsigned port;
	SSL_CTX *ctx;
	pthread_t thread;
	atomic_bool stop;
	const char *location; /* answers with a redirect */
} server;

static void add_name(X509 *x, const char *names)
{
	X509V3_CTX v3;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&v3, x, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &v3, NID_subject_alt_name, names);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

/* Self-signed, for one day. */
static X509 *make_cert(EVP_PKEY *key, const char *names)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_NAME_new();

	assert_non_null(x);
	assert_int_equal(X509_NAME_add_entry_by_txt(
				 name, "CN", MBSTRING_ASC,
				 (const unsigned char *)names, -1, -1, 0),
			 1);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_subject_name(x, name);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	add_name(x, names);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	X509_NAME_free(name);
	return x;
}

static void put_pem(const char *path, X509 *x)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
}

static void answer(SSL *s)
{
	char in[4096], out[512];
	int n;

	if (SSL_accept(s) != 1 || SSL_read(s, in, sizeof(in)) <= 0)
		return;
	n = snprintf(out, sizeof(out),
		     "HTTP/1.1 %s\r\nConnection: close\r\n"
		     "Content-Length: 2\r\n%s%s%s\r\nok",
		     server.location ? "302 Found" : "200 OK",
		     server.location ? "Location: " : "",
		     server.location ? server.location : "",
		     server.location ? "\r\n" : "");
	(void)SSL_write(s, out, n);
	(void)SSL_shutdown(s);
}

static void *serve(void *arg)
{
	struct pollfd p = { .fd = server.fd, .events = POLLIN };

	SM_UNUSED(arg);
	while (!atomic_load(&server.stop)) {
		int fd = poll(&p, 1, 20) > 0 ? accept(server.fd, NULL, NULL) :
					       -1;
		SSL *s;

		if (fd < 0)
			continue;
		s = SSL_new(server.ctx);
		SSL_set_fd(s, fd);
		answer(s);
		SSL_free(s);
		close(fd);
	}
	return NULL;
}

static void listen_on(X509 *x, EVP_PKEY *key)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	server.ctx = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(server.ctx, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(server.ctx, key), 1);
	SSL_CTX_set_security_level(server.ctx, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(server.fd, 8), 0);
	(void)getsockname(server.fd, (struct sockaddr *)&a, &len);
	server.port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static int setup(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *key2 = EVP_EC_gen("P-256");
	X509 *x = make_cert(key, "IP:127.0.0.1"),
	     *y = make_cert(key2, "IP:127.0.0.1,DNS:other");
	char path[300];

	SM_UNUSED(state);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(
		sm_os_dir_temp("/tmp/http-roots-", dir, sizeof(dir), NULL), 0);
	(void)snprintf(bundle, sizeof(bundle), "%s/bundle.pem", dir);
	(void)snprintf(other, sizeof(other), "%s/other.pem", dir);
	(void)snprintf(hashed, sizeof(hashed), "%s/hashed", dir);
	assert_int_equal(sm_os_dir_make(hashed, 0700, NULL), 0);
	put_pem(bundle, x);
	put_pem(other, y);
	(void)snprintf(path, sizeof(path), "%s/%08lx.0", hashed,
		       X509_subject_name_hash(x));
	put_pem(path, x);
	listen_on(x, key);
	X509_free(x);
	X509_free(y);
	EVP_PKEY_free(key);
	EVP_PKEY_free(key2);
	return 0;
}

static int teardown(void **state)
{
	SM_UNUSED(state);
	atomic_store(&server.stop, true);
	(void)pthread_join(server.thread, NULL);
	close(server.fd);
	SSL_CTX_free(server.ctx);
	return sm_fs_remove_tree(dir, NULL);
}

static struct sm_err e;

static void env(const char *aws, const char *file, const char *folder)
{
	(void)sm_os_env_set("AWS_CA_BUNDLE", aws);
	(void)sm_os_env_set("SSL_CERT_FILE", file);
	(void)sm_os_env_set("SSL_CERT_DIR", folder);
}

static int get(const char *host, unsigned flags)
{
	struct sm_http_request q = { .total_timeout_ms = 5000,
				     .flags = flags | SM_HTTP_DIRECT };
	struct sm_http_response p;
	char url[128];
	int r;

	(void)snprintf(url, sizeof(url), "https://%s:%u/", host, server.port);
	q.url = url;
	sm_http_response_init(&p, false);
	r = sm_http_perform(&q, &p, &e);
	if (r >= 0)
		r = p.status;
	sm_http_response_release(&p);
	return r;
}

static void test_not_trusted(void **state)
{
	SM_UNUSED(state);
	env(other, NULL, NULL);
	assert_int_equal(get("127.0.0.1", 0), SM_EVERIFY);
	assert_non_null(strstr(e.msg, "certificate"));
	env(NULL, NULL, NULL); /* the system's */
	assert_int_equal(get("127.0.0.1", 0), SM_EVERIFY);
}

static void test_order(void **state)
{
	SM_UNUSED(state);
	env(bundle, NULL, NULL);
	assert_int_equal(get("127.0.0.1", 0), 200);
	env(NULL, bundle, NULL);
	assert_int_equal(get("127.0.0.1", 0), 200);
	env(NULL, NULL, hashed);
	assert_int_equal(get("127.0.0.1", 0), 200);
	env(NULL, other, hashed); /* both count */
	assert_int_equal(get("127.0.0.1", 0), 200);
	env(other, bundle, hashed); /* the first alone */
	assert_int_equal(get("127.0.0.1", 0), SM_EVERIFY);
	env(bundle, other, NULL);
	assert_int_equal(get("127.0.0.1", 0), 200);
}

static void test_other_host(void **state)
{
	SM_UNUSED(state);
	env(bundle, NULL, NULL);
	assert_int_equal(get("localhost", 0), SM_EVERIFY);
}

static void test_old_protocol(void **state)
{
	SM_UNUSED(state);
	env(bundle, NULL, NULL);
	SSL_CTX_set_max_proto_version(server.ctx, TLS1_1_VERSION);
	assert_int_equal(get("127.0.0.1", 0), SM_ENET);
	SSL_CTX_set_max_proto_version(server.ctx, TLS1_2_VERSION);
	assert_int_equal(get("127.0.0.1", 0), 200);
	SSL_CTX_set_max_proto_version(server.ctx, 0);
}

static void test_no_way_down(void **state)
{
	SM_UNUSED(state);
	env(bundle, NULL, NULL);
	server.location = "http://127.0.0.1:1/";
	assert_int_equal(get("127.0.0.1", SM_HTTP_FOLLOW), SM_ENET);
	assert_int_equal(get("127.0.0.1", 0), 302);
	server.location = NULL;
}

static void test_not_a_bundle(void **state)
{
	char path[160];

	SM_UNUSED(state);
	(void)snprintf(path, sizeof(path), "%s/text", dir);
	assert_int_equal(sm_fs_write_atomic(path, sm_str("text"), 0600, NULL),
			 0);
	env(path, NULL, NULL);
	assert_int_equal(get("127.0.0.1", 0), SM_ENOTFOUND);
	assert_non_null(strstr(e.msg, path));
	env(NULL, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_trusted),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_other_host),
		cmocka_unit_test(test_old_protocol),
		cmocka_unit_test(test_no_way_down),
		cmocka_unit_test(test_not_a_bundle),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
