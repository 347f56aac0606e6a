// SPDX-License-Identifier: GPL-2.0
/*
 * Extents of a cloud VM's memory: which become one, how they are told, what
 * happens when there are too many. The fuzz loop cuts memory into random pieces
 * and expects every page of it to be told where it was put.
 */
#include "test.h"

#define PAGES 64

static struct umbra_layout layout;

static bool add(u64 cloud_physical, u64 length, u64 offset, u64 inode)
{
	struct umbra_layout_extent extent = {
		.cloud_physical = cloud_physical, .length = length, .offset = offset, .inode = inode,
	};

	return umbra_layout_add(&layout, &extent);
}

static void nothing_is_told_without_a_layout(void)
{
	struct umbra_memory_extent payload;

	EXPECT(!umbra_layout_next(&layout, &payload));
}

static void an_empty_layout_is_one_frame(void)
{
	struct umbra_memory_extent payload;

	EXPECT(!umbra_layout_begin(&layout));
	EXPECT(umbra_layout_next(&layout, &payload));
	EXPECT(payload.length == 0 && payload.index == 0 && payload.flags == UMBRA_MEMORY_LAST);
	umbra_layout_advance(&layout);
	EXPECT(!umbra_layout_next(&layout, &payload));
}

static void what_continues_is_one(void)
{
	struct umbra_memory_extent payload;

	EXPECT(!umbra_layout_begin(&layout));
	add(0, 0x1000, 0x8000, 1);
	add(0x1000, 0x2000, 0x9000, 1);		/* continues */
	add(0x3000, 0x1000, 0xb000, 2);		/* another file */
	add(0x5000, 0x1000, 0xc000, 2);		/* a gap in the VM */
	add(0x6000, 0x1000, 0xe000, 2);		/* a gap in the file */
	add(0x7000, 0x1000, 0xd000, 2);		/* backwards */
	EXPECT(layout.count == 5);
	EXPECT(umbra_layout_next(&layout, &payload));
	EXPECT(payload.cloud_physical == 0 && payload.length == 0x3000);
	EXPECT(payload.offset == 0x8000 && payload.inode == 1 && payload.flags == 0);
	/* Not told twice, not forgotten before it was told. */
	EXPECT(umbra_layout_next(&layout, &payload) && payload.index == 0);
	umbra_layout_advance(&layout);
	EXPECT(umbra_layout_next(&layout, &payload) && payload.index == 1);
	umbra_layout_free(&layout);
	EXPECT(!umbra_layout_next(&layout, &payload));
}

static void too_many_are_incomplete(void)
{
	struct umbra_memory_extent payload;
	u32 told = 0;
	u64 i;

	EXPECT(!umbra_layout_begin(&layout));
	for (i = 0; i < UMBRA_LAYOUT_EXTENTS; i++)
		EXPECT(add(i * 0x2000, 0x1000, 0, 1));
	EXPECT(!layout.incomplete);
	EXPECT(!add(i * 0x2000, 0x1000, 0, 1));
	while (umbra_layout_next(&layout, &payload)) {
		EXPECT(payload.index == told++);
		EXPECT(payload.flags == (told < UMBRA_LAYOUT_EXTENTS ? 0 :
					 UMBRA_MEMORY_LAST | UMBRA_MEMORY_INCOMPLETE));
		umbra_layout_advance(&layout);
	}
	EXPECT(told == UMBRA_LAYOUT_EXTENTS);
}

static void round_of_pieces(void)
{
	struct umbra_memory_extent payload;
	u64 place[PAGES] = {}, told[PAGES] = {};
	u64 page = 0, i;

	EXPECT(!umbra_layout_begin(&layout));
	while (page < PAGES) {
		u64 pages = 1 + random_below(4), at = 1 + random_below(8);

		if (page + pages > PAGES)
			break;
		if (random_below(2) && page && place[page - 1])
			at = place[page - 1] + 1;
		for (i = 0; i < pages; i++)
			place[page + i] = at + i;
		EXPECT(add(page << 12, pages << 12, at << 12, 0));
		page += pages + random_below(2);
	}
	while (umbra_layout_next(&layout, &payload)) {
		for (i = 0; i < payload.length >> 12; i++)
			told[(payload.cloud_physical >> 12) + i] = (payload.offset >> 12) + i;
		umbra_layout_advance(&layout);
	}
	EXPECT(!memcmp(place, told, sizeof(place)));
	EXPECT(!layout.extents);
}

int main(int argc, char **argv)
{
	nothing_is_told_without_a_layout();
	an_empty_layout_is_one_frame();
	what_continues_is_one();
	too_many_are_incomplete();
	fuzz(argc, argv, "layout", round_of_pieces);
	return 0;
}
