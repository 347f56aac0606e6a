// SPDX-License-Identifier: GPL-2.0
/*
 * Where the memory of a cloud VM lies: KVM's memory slots give the addresses in
 * the hypervisor process, its mappings the place in a file, its page tables the
 * place in the host's memory.
 *
 * Told is what stays: shared mappings of files, and for host physical addresses
 * memory in huge pages, which the kernel neither swaps nor moves as long as the
 * VM runs. No page is pinned. ROM and what KVM maps for itself is not memory of
 * the VM in this sense.
 */
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/kdev_t.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "compat.h"
#include "umbra.h"

/* A piece of a slot that lies in one mapping. */
struct umbra_piece {
	struct vm_area_struct *vma;
	u64 cloud_physical;
	unsigned long address;
	unsigned long length;
};

static bool umbra_piece_in_file(struct umbra_layout *layout, const struct umbra_piece *piece)
{
	const struct vm_area_struct *vma = piece->vma;
	const struct inode *inode;
	struct umbra_layout_extent extent;

	if (!vma->vm_file || !(vma->vm_flags & VM_SHARED))
		return true;
	inode = file_inode(vma->vm_file);
	extent = (struct umbra_layout_extent) {
		.cloud_physical = piece->cloud_physical,
		.length = piece->length,
		.offset = piece->address - vma->vm_start + ((u64)vma->vm_pgoff << PAGE_SHIFT),
		.inode = inode->i_ino,
		.device = new_encode_dev(inode->i_sb->s_dev),
	};
	return umbra_layout_add(layout, &extent);
}

static bool umbra_piece_in_host(struct umbra_layout *layout, const struct umbra_piece *piece)
{
	unsigned long size, offset = 0;
	struct umbra_layout_extent extent = {};
	struct page *page;

	if (!is_vm_hugetlb_page(piece->vma))
		return true;
	size = vma_kernel_pagesize(piece->vma);
	for (; offset < piece->length; offset += extent.length) {
		unsigned long address = piece->address + offset;

		extent.length = min_t(unsigned long, piece->length - offset,
				      size - address % size);
		/* Nothing is made here that the VM has not touched yet. */
		if (get_user_pages_remote(piece->vma->vm_mm, address, 1,
					  FOLL_NOFAULT | FOLL_DUMP, &page, NULL) != 1) {
			layout->incomplete = true;
			continue;
		}
		extent.cloud_physical = piece->cloud_physical + offset;
		extent.offset = page_to_phys(page);
		put_page(page);
		if (!umbra_layout_add(layout, &extent))
			return false;
		cond_resched();
	}
	return true;
}

static bool umbra_layout_slot(struct umbra_layout *layout, struct mm_struct *mm,
			      const struct kvm_memory_slot *slot, u32 address_space)
{
	unsigned long address = slot->userspace_addr;
	unsigned long end = address + (slot->npages << PAGE_SHIFT);
	struct umbra_piece piece;

	while (address < end) {
		piece.vma = find_vma(mm, address);
		if (!piece.vma || piece.vma->vm_start >= end)
			break;
		piece.address = max_t(unsigned long, address, piece.vma->vm_start);
		piece.length = min_t(unsigned long, end, piece.vma->vm_end) - piece.address;
		piece.cloud_physical = ((u64)slot->base_gfn << PAGE_SHIFT) +
				       (piece.address - slot->userspace_addr);
		if (!(address_space == UMBRA_ADDRESS_SPACE_FILE ?
		      umbra_piece_in_file(layout, &piece) : umbra_piece_in_host(layout, &piece)))
			return false;
		address = piece.address + piece.length;
	}
	return true;
}

int umbra_layout_read(struct umbra_cloud *cloud, u32 address_space)
{
	struct kvm *kvm = cloud->kvm;
	struct kvm_memory_slot *slot;
	struct mm_struct *mm;
	int index, bucket, error;

	lockdep_assert_held(&umbra.registry);
	error = umbra_layout_begin(&cloud->layout);
	if (error)
		return error;
	/* Without a process there is no memory, and the VM ends soon. */
	mm = kvm->mm;
	if (!mmget_not_zero(mm))
		return 0;
	index = srcu_read_lock(&kvm->srcu);
	mmap_read_lock(mm);
	kvm_for_each_memslot(slot, bucket, kvm_memslots(kvm))
		if (slot->id < KVM_USER_MEM_SLOTS && !(slot->flags & KVM_MEM_READONLY) &&
		    !umbra_layout_slot(&cloud->layout, mm, slot, address_space))
			break;
	mmap_read_unlock(mm);
	srcu_read_unlock(&kvm->srcu, index);
	mmput(mm);
	return 0;
}
