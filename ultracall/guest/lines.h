/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of bounded length out of whatever pieces are read. */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAXIMUM	128

struct line_buffer {
	char data[LINE_MAXIMUM];
	size_t length;
	bool overlong;
};

/* Splits what was read into lines; a line too long is dropped as a whole. */
static inline bool next_line(struct line_buffer *buffer, const char *data,
			     size_t length, size_t *position)
{
	while (*position < length) {
		char c = data[(*position)++];

		if (c == '\n') {
			bool complete = !buffer->overlong;

			buffer->data[buffer->length] = 0;
			buffer->length = 0;
			buffer->overlong = false;
			if (complete)
				return true;
		} else if (buffer->length == LINE_MAXIMUM - 1) {
			buffer->overlong = true;
		} else if (c != '\r') {
			buffer->data[buffer->length++] = c;
		}
	}
	return false;
}

#endif
