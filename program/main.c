/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program begins here, and everything else is in program/commands.c, so that
 * tests can call it.
 */
#include "program/commands.h"
#include "program/environment.h"

int main(int argc, char **argv)
{
    if (environment_is_foreign())
        environment_forget();
    return applepath_main(argc, argv);
}
