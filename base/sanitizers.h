/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was this built with AddressSanitizer?  It maps terabytes, which it never takes, so that
 * no limit of memory can be set.
 */
#ifndef APPLEPATH_BASE_SANITIZERS_H
#define APPLEPATH_BASE_SANITIZERS_H

#if defined(__SANITIZE_ADDRESS__)
#define MAPS_MORE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAPS_MORE 1
#endif
#endif
#ifndef MAPS_MORE
#define MAPS_MORE 0
#endif

#endif
