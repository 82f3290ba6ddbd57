/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was this built with AddressSanitizer or ThreadSanitizer?  They map terabytes, which they
 * never take, so that no limit of memory can be set.
 */
#ifndef APPLEPATH_BASE_SANITIZERS_H
#define APPLEPATH_BASE_SANITIZERS_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAPS_MORE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MAPS_MORE 1
#endif
#endif
#ifndef MAPS_MORE
#define MAPS_MORE 0
#endif

#endif
