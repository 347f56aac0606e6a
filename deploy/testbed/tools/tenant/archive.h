/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UMBRA_TEST_ARCHIVE_H
#define UMBRA_TEST_ARCHIVE_H

#include <stddef.h>

#define LONGEST_PATH	4096

/* A tar archive on standard output. Each of these ends the program when it cannot write. */

void add_bytes(const char *name, const char *bytes, size_t length);

/* The link at an absolute path, under the same name; nothing if it is gone. */
void add_link(const char *path);

void end_archive(void);

__attribute__((noreturn)) void fail(const char *what);

#endif
