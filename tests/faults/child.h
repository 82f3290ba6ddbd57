/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that may come to any end has said: into files, read when it is over.
 */
#ifndef APPLEPATH_TESTS_FAULTS_CHILD_H
#define APPLEPATH_TESTS_FAULTS_CHILD_H

#define CHILD_ANSWER_SIZE (1 << 20)

/* In the child: what it writes to the descriptor `to` goes to the file. */
void child_redirect(const char *file, int to);

/* The file's content, terminated, in `buffer` of CHILD_ANSWER_SIZE bytes, which is returned;
 * "" where there is none. */
const char *child_content(const char *file, char *buffer);

#endif
