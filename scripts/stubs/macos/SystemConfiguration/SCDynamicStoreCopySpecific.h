/*
 * Stands in for Apple's header while libcurl is built without an SDK.
 * libcurl only asks for the proxy settings, to make the system load its
 * resolver, and releases the answer: an empty answer is a valid one.
 */
#ifndef STUBS_MACOS_SCDYNAMICSTORECOPYSPECIFIC_H
#define STUBS_MACOS_SCDYNAMICSTORECOPYSPECIFIC_H

typedef const void *CFDictionaryRef;

static inline CFDictionaryRef SCDynamicStoreCopyProxies(void *store)
{
	(void)store;
	return 0;
}

static inline void CFRelease(const void *object)
{
	(void)object;
}

#endif
