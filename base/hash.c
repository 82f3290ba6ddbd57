/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the key comes from.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/hash.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_GETRANDOM
#include <sys/random.h>
#endif

struct hash_key hash_key_random(void)
{
    struct hash_key key = {{0, 0}};
#if defined(HAVE_ARC4RANDOM_BUF)
    arc4random_buf(&key, sizeof key);
#elif defined(HAVE_GETRANDOM)
    if (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key)
        key.words[0] = 0;
#endif
    if (key.words[0] == 0 && key.words[1] == 0) {
        key.words[0] = (uint64_t)time(NULL) * HASH_SPREADING;
        key.words[1] = (uint64_t)(uintptr_t)&key ^ (uint64_t)getpid() << 32;
    }
    return key;
}
