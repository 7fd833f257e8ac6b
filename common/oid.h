/*
 * Object identifiers that readers and writers of signatures share, as the
 * contents of their DER: initialisers of a struct sm_str.
 */
#ifndef COMMON_OID_H
#define COMMON_OID_H

#include "common/str.h"

/* PKCS#7 and PKCS#9: RFC 2315, RFC 2985, RFC 5652. */
#define SM_OID_PKCS "\x2a\x86\x48\x86\xf7\x0d\x01"
#define SM_OID_SIGNED_DATA SM_STR_LIT(SM_OID_PKCS "\x07\x02")
#define SM_OID_CONTENT_TYPE SM_STR_LIT(SM_OID_PKCS "\x09\x03")
#define SM_OID_MESSAGE_DIGEST SM_STR_LIT(SM_OID_PKCS "\x09\x04")
#define SM_OID_SIGNING_TIME SM_STR_LIT(SM_OID_PKCS "\x09\x05")
#define SM_OID_COUNTERSIGNATURE SM_STR_LIT(SM_OID_PKCS "\x09\x06")

/* Time stamps: RFC 3161, RFC 5035. */
#define SM_OID_TST_INFO SM_STR_LIT(SM_OID_PKCS "\x09\x10\x01\x04")
#define SM_OID_SIGNING_CERT SM_STR_LIT(SM_OID_PKCS "\x09\x10\x02\x0c")
#define SM_OID_SIGNING_CERT_V2 SM_STR_LIT(SM_OID_PKCS "\x09\x10\x02\x2f")

/* Digests: RFC 5754 section 2. */
#define SM_OID_SHA2 "\x60\x86\x48\x01\x65\x03\x04\x02"
#define SM_OID_SHA256 SM_STR_LIT(SM_OID_SHA2 "\x01")
#define SM_OID_SHA384 SM_STR_LIT(SM_OID_SHA2 "\x02")
#define SM_OID_SHA512 SM_STR_LIT(SM_OID_SHA2 "\x03")

/* Signatures: RFC 4055, RFC 5480, RFC 5758. */
#define SM_OID_RSA SM_STR_LIT(SM_OID_PKCS "\x01\x01")
#define SM_OID_RSA_SHA256 SM_STR_LIT(SM_OID_PKCS "\x01\x0b")
#define SM_OID_RSA_SHA384 SM_STR_LIT(SM_OID_PKCS "\x01\x0c")
#define SM_OID_RSA_SHA512 SM_STR_LIT(SM_OID_PKCS "\x01\x0d")
#define SM_OID_X962 "\x2a\x86\x48\xce\x3d"
#define SM_OID_EC_KEY SM_STR_LIT(SM_OID_X962 "\x02\x01")
#define SM_OID_ECDSA_SHA256 SM_STR_LIT(SM_OID_X962 "\x04\x03\x02")
#define SM_OID_ECDSA_SHA384 SM_STR_LIT(SM_OID_X962 "\x04\x03\x03")
#define SM_OID_ECDSA_SHA512 SM_STR_LIT(SM_OID_X962 "\x04\x03\x04")

/*
 * Authenticode, below 1.3.6.1.4.1.311: "Windows Authenticode Portable
 * Executable Signature Format" 1.0. Time stamp and second signature were
 * observed in what signtool and osslsigncode write.
 */
#define SM_OID_MS "\x2b\x06\x01\x04\x01\x82\x37"
#define SM_OID_SPC_INDIRECT SM_STR_LIT(SM_OID_MS "\x02\x01\x04")
#define SM_OID_SPC_STATEMENT SM_STR_LIT(SM_OID_MS "\x02\x01\x0b")
#define SM_OID_SPC_OPUS SM_STR_LIT(SM_OID_MS "\x02\x01\x0c")
#define SM_OID_SPC_PE_IMAGE SM_STR_LIT(SM_OID_MS "\x02\x01\x0f")
#define SM_OID_SPC_INDIVIDUAL SM_STR_LIT(SM_OID_MS "\x02\x01\x15")
#define SM_OID_SPC_SIP_INFO SM_STR_LIT(SM_OID_MS "\x02\x01\x1e")
#define SM_OID_SPC_NESTED SM_STR_LIT(SM_OID_MS "\x02\x04\x01")
#define SM_OID_SPC_STAMP SM_STR_LIT(SM_OID_MS "\x03\x03\x01")

#endif
