// SPDX-License-Identifier: Apache-2.0
/*
 * nesting-probe: can the testbed run on this machine's /dev/kvm?
 *
 * That the device opens proves nothing: software virtualization offers it too,
 * and there a guest of ours never runs and cannot run guests itself. So this
 * looks for SVM or VMX among what a guest may have, and runs a guest of two
 * instructions.
 *
 * Exit status 0: yes; 1: no, with the reason on standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#define CPUID_ENTRIES	256
#define CODE_ADDRESS	0x1000
#define PAGE		0x1000
#define TRIAL_SECONDS	3
#define MARK		0x5a

static int no(const char *reason)
{
	printf("%s\n", reason);
	return EXIT_FAILURE;
}

static void on_alarm(int signal_number)
{
	(void)signal_number;
}

static bool guests_may_nest(int kvm)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + CPUID_ENTRIES *
					  sizeof(cpuid->entries[0]));
	bool found = false;
	unsigned int i;

	if (!cpuid)
		return false;
	cpuid->nent = CPUID_ENTRIES;
	if (!ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid)) {
		for (i = 0; i < cpuid->nent; i++) {
			struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];

			if (entry->function == 1 && (entry->ecx & (1u << 5)))
				found = true;	/* VMX */
			if (entry->function == 0x80000001 &&
			    (entry->ecx & (1u << 2)))
				found = true;	/* SVM */
		}
	}
	free(cpuid);
	return found;
}

static bool start_in_real_mode(int vcpu)
{
	struct kvm_regs registers = { .rip = CODE_ADDRESS, .rax = MARK,
				      .rflags = 2 };
	struct kvm_sregs segments;

	if (ioctl(vcpu, KVM_GET_SREGS, &segments))
		return false;
	segments.cs.base = 0;
	segments.cs.selector = 0;
	return !ioctl(vcpu, KVM_SET_SREGS, &segments) &&
	       !ioctl(vcpu, KVM_SET_REGS, &registers);
}

/* out %al, $0x10; hlt */
static bool trial_guest_runs(int kvm)
{
	static const unsigned char code[] = { 0xe6, 0x10, 0xf4 };
	struct sigaction action = { .sa_handler = on_alarm };
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = CODE_ADDRESS,
		.memory_size = PAGE,
	};
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_run *run;
	int vcpu;

	if (vm < 0 || size <= 0 || memory == MAP_FAILED)
		return false;
	memcpy(memory, code, sizeof(code));
	region.userspace_addr = (unsigned long)memory;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		return false;
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0 || !start_in_real_mode(vcpu))
		return false;
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   vcpu, 0);
	if (run == MAP_FAILED)
		return false;
	sigaction(SIGALRM, &action, NULL);
	alarm(TRIAL_SECONDS);
	if (ioctl(vcpu, KVM_RUN, NULL))
		return false;
	return run->exit_reason == KVM_EXIT_IO && run->io.port == 0x10 &&
	       *((unsigned char *)run + run->io.data_offset) == MARK;
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		return no(strerror(errno));
	if (!guests_may_nest(kvm))
		return no("guests get neither SVM nor VMX");
	if (!trial_guest_runs(kvm))
		return no("a trial guest did not run");
	return EXIT_SUCCESS;
}
