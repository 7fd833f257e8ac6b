/*
 * pkg_apkkey: an RSA key as apk knows it: a bare public key in a file below
 * /etc/apk/keys, whose name stands in what it signed.
 */
#ifndef PKG_APKKEY_H
#define PKG_APKKEY_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct pkg_key;

/* Append the file's name: user id's address, key id, ".rsa.pub". */
int pkg_apkkey_name(const struct pkg_key *k, struct sm_buf *out);

/*
 * Append that file: the public key, PEM.
 * Shape:  RFC 7468 13, SubjectPublicKeyInfo.
 * Errors: SM_ENOTSUP if the key is not RSA.
 */
int pkg_apkkey_put(const struct pkg_key *k, struct sm_buf *out,
		   struct sm_err *e);

/*
 * Append a bare signature, PKCS#1 v1.5 with SHA-256.
 * Errors: SM_ENOTSUP if the key is not RSA; SM_EIO.
 */
int pkg_apkkey_sign(const struct pkg_key *k, struct sm_str data,
		    struct sm_buf *out, struct sm_err *e);

#endif
