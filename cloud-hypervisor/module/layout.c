// SPDX-License-Identifier: GPL-2.0
/*
 * Where the memory of a cloud VM lies, on its way to the service: collected at
 * once, told a few extents per read. Runs that continue each other are one, so
 * that a VM with its memory in one file makes a handful of extents.
 */
#include <linux/mm.h>

#include "umbra.h"

int umbra_layout_begin(struct umbra_layout *layout)
{
	umbra_layout_free(layout);
	layout->extents = kvcalloc(UMBRA_LAYOUT_EXTENTS, sizeof(*layout->extents),
				   GFP_KERNEL_ACCOUNT);
	return layout->extents ? 0 : ENOMEM;
}

void umbra_layout_free(struct umbra_layout *layout)
{
	kvfree(layout->extents);
	memset(layout, 0, sizeof(*layout));
}

static bool umbra_layout_continues(const struct umbra_layout_extent *first,
				   const struct umbra_layout_extent *second)
{
	return first->cloud_physical + first->length == second->cloud_physical &&
	       first->offset + first->length == second->offset &&
	       first->inode == second->inode && first->device == second->device;
}

/* False: no room; the layout is marked incomplete. */
bool umbra_layout_add(struct umbra_layout *layout, const struct umbra_layout_extent *extent)
{
	struct umbra_layout_extent *last = layout->count ?
		&layout->extents[layout->count - 1] : NULL;

	if (last && umbra_layout_continues(last, extent)) {
		last->length += extent->length;
		return true;
	}
	if (layout->count >= UMBRA_LAYOUT_EXTENTS) {
		layout->incomplete = true;
		return false;
	}
	layout->extents[layout->count++] = *extent;
	return true;
}

/* The next frame to tell, if there is one. */
bool umbra_layout_next(const struct umbra_layout *layout, struct umbra_memory_extent *payload)
{
	const struct umbra_layout_extent *extent;
	u32 flags = 0;

	if (!layout->extents)
		return false;
	if (layout->told + 1 >= layout->count)
		flags = UMBRA_MEMORY_LAST | (layout->incomplete ? UMBRA_MEMORY_INCOMPLETE : 0);
	/* All zero when there is none. */
	extent = &layout->extents[layout->told];
	*payload = (struct umbra_memory_extent) {
		.cloud_physical = cpu_to_le64(extent->cloud_physical),
		.length = cpu_to_le64(extent->length),
		.offset = cpu_to_le64(extent->offset),
		.inode = cpu_to_le64(extent->inode),
		.device = cpu_to_le32(extent->device),
		.index = cpu_to_le32(layout->told),
		.flags = cpu_to_le32(flags),
	};
	return true;
}

/* It was told. */
void umbra_layout_advance(struct umbra_layout *layout)
{
	if (++layout->told >= layout->count)
		umbra_layout_free(layout);
}
