// SPDX-License-Identifier: GPL-2.0
/* Which VM an entry belongs to, honest and hostile ones, and whose memory may be looked at. */
#include "test.h"

#define VMS		3
#define RESET		true
#define NOT_AT_RESET	false

unsigned long jiffies;
struct umbra_state umbra;

static struct umbra_cloud cloud;
static struct umbra_tenant *created[16];
static u32 created_count;
static struct kvm_vcpu hardware[VMS];
static struct umbra_carrier carriers[VMS];
static struct {
	u32 count;
	u32 kind;
	u64 tenant, other;
} alarms;

void umbra_device_notify(bool wake)
{
}

void umbra_interrupt_reset(struct umbra_tenant *tenant)
{
}

void umbra_tenant_put(struct umbra_tenant *tenant)
{
	tenant->references.count--;
}

void umbra_tenant_gone(struct umbra_tenant *tenant)
{
	tenant->gone = true;
}

void umbra_alarm(struct umbra_cloud *concerned, u64 tenant_vm, u32 kind, u64 other_tenant_vm,
		 u64 evidence0, u64 evidence1)
{
	EXPECT(concerned == &cloud);
	alarms.count++;
	alarms.kind = kind;
	alarms.tenant = tenant_vm;
	alarms.other = other_tenant_vm;
}

struct umbra_tenant *umbra_tenant_create(struct umbra_cloud *in)
{
	struct umbra_tenant *tenant = calloc(1, sizeof(*tenant));

	tenant->cloud = in;
	tenant->references.count = 1;
	tenant->link.next = &in->tenants;
	tenant->link.previous = in->tenants.previous;
	in->tenants.previous->next = &tenant->link;
	in->tenants.previous = &tenant->link;
	created[created_count++] = tenant;
	tenant->id = created_count;
	return tenant;
}

struct umbra_tenant_vcpu *umbra_vcpu_create(struct umbra_tenant *tenant,
					    const struct umbra_entry_view *view)
{
	struct umbra_tenant_vcpu *vcpu = calloc(1, sizeof(*vcpu));

	vcpu->tenant = tenant;
	vcpu->index = tenant->vcpu_count;
	vcpu->control_block = view->control_block;
	vcpu->host_space = view->host_space;
	vcpu->permission_map = view->permission_map;
	tenant->vcpus[tenant->vcpu_count++] = vcpu;
	return vcpu;
}

void umbra_carrier_set(struct umbra_carrier *carrier, struct umbra_tenant_vcpu *vcpu)
{
	carrier->current_vcpu = vcpu;
	if (vcpu)
		vcpu->carrier = carrier;
}

static void begin(void)
{
	u32 i, j;

	for (i = 0; i < created_count; i++) {
		for (j = 0; j < created[i]->vcpu_count; j++)
			free(created[i]->vcpus[j]);
		free(created[i]);
	}
	created_count = 0;
	memset(&cloud, 0, sizeof(cloud));
	cloud.tenants.next = cloud.tenants.previous = &cloud.tenants;
	memset(&alarms, 0, sizeof(alarms));
	for (i = 0; i < VMS; i++)
		carriers[i] = (struct umbra_carrier) { .vcpu = &hardware[i], .cloud = &cloud };
	jiffies = 1000 * HZ;
}

/* The process, the control block and the permission map are those of the VM of that number, as is the carrier. */
static struct umbra_entry_view view_of(u32 vm, u64 root, bool at_reset)
{
	return (struct umbra_entry_view) {
		.control_block = 0x1000 + vm * 0x100000, .host_space = 0x2000 + vm * 0x100000,
		.permission_map = 0x3000 + vm * 0x100000, .nested_root = root,
		.nested_levels = 4, .at_reset = at_reset,
	};
}

static struct umbra_tenant *enter(u32 vm, const struct umbra_entry_view *view)
{
	umbra_registry_enter(&carriers[vm], view);
	EXPECT(!umbra.registry.held);
	return carriers[vm].current_vcpu ? carriers[vm].current_vcpu->tenant : NULL;
}

static struct umbra_tenant *runs(u32 vm, u64 root)
{
	struct umbra_entry_view view = view_of(vm, root, NOT_AT_RESET);

	return enter(vm, &view);
}

static struct umbra_tenant *boots(u32 vm, u64 root)
{
	struct umbra_entry_view view = view_of(vm, root, RESET);

	enter(vm, &view);
	return runs(vm, root);
}

/* What the service is told. */
static u64 told(const struct umbra_tenant *tenant)
{
	return tenant->root_withheld ? 0 : tenant->nested_root;
}

static void honest_vms_keep_their_identity(void)
{
	struct umbra_tenant *first, *second;

	begin();
	first = boots(0, 0xa000);
	second = boots(1, 0xb000);
	EXPECT(first != second && runs(0, 0xa000) == first && runs(1, 0xb000) == second);
	EXPECT(runs(0, 0xa100) == first && boots(0, 0xa200) == first);
	EXPECT(first->resets == 1 && told(first) == 0xa200 && told(second) == 0xb000);
	EXPECT(!alarms.count && !first->disputed && !second->disputed);
}

static void a_root_entered_once_by_another_vm_is_shared(void)
{
	struct umbra_tenant *first, *second;

	begin();
	first = boots(0, 0xa000);
	second = boots(1, 0xb000);
	EXPECT(runs(1, 0xa000) == second && !told(second));
	EXPECT(runs(1, 0xb000) == second && told(second) == 0xb000);
	EXPECT(!alarms.count);
	EXPECT(runs(0, 0xa000) == first);
	EXPECT(alarms.count == 1 && alarms.kind == UMBRA_ALARM_ROOT_SHARED);
	EXPECT(alarms.tenant == first->id && alarms.other == second->id);
	EXPECT(first->disputed && second->disputed);
	runs(0, 0xa000);
	runs(1, 0xb000);
	EXPECT(alarms.count == 1);
}

static void a_root_that_goes_back_and_forth_is_shared_each_time(void)
{
	begin();
	boots(0, 0xa000);
	boots(1, 0xb000);
	runs(1, 0xa000);
	runs(0, 0xa000);
	EXPECT(alarms.count == 1);
	runs(1, 0xa000);
	EXPECT(alarms.count == 2 && alarms.tenant == 2 && alarms.other == 1);
	runs(0, 0xa000);
	EXPECT(alarms.count == 3);
}

static void a_root_that_was_let_go_is_the_takers(void)
{
	struct umbra_tenant *second;

	begin();
	boots(0, 0xa000);
	second = boots(1, 0xb000);
	runs(0, 0xa100);
	EXPECT(runs(1, 0xa000) == second && told(second) == 0xa000);
	runs(1, 0xb100);
	runs(0, 0xa000);
	EXPECT(!alarms.count && told(created[0]) == 0xa000);
}

static void a_root_is_the_takers_once_the_loser_shows_another(void)
{
	struct umbra_tenant *second;

	begin();
	boots(0, 0xa000);
	second = boots(1, 0xb000);
	runs(1, 0xa000);
	EXPECT(!told(second));
	runs(0, 0xa100);
	EXPECT(told(second) == 0xa000 && !alarms.count);
}

static void a_root_of_a_vm_that_ended_is_told_after_its_silence(void)
{
	struct umbra_tenant *second;

	begin();
	boots(0, 0xa000);
	jiffies += UMBRA_SILENCE / 2;
	second = boots(1, 0xa000);
	EXPECT(!told(second));
	jiffies += UMBRA_SILENCE / 2;
	runs(1, 0xa000);
	EXPECT(told(second) == 0xa000 && !alarms.count);
	begin();
	boots(0, 0xa000);
	jiffies += UMBRA_SILENCE;
	EXPECT(told(boots(1, 0xa000)) == 0xa000);
}

static void the_second_look_at_a_taken_root_is_withheld_as_the_first(void)
{
	struct umbra_tenant *second, *third;

	begin();
	boots(0, 0xa000);
	second = boots(1, 0xb000);
	third = boots(2, 0xc000);
	runs(1, 0xa000);
	runs(1, 0xb000);
	runs(1, 0xa000);
	EXPECT(!told(second));
	runs(2, 0xa000);
	EXPECT(!told(third));
	runs(0, 0xa000);
	EXPECT(alarms.count >= 1 && created[0]->disputed);
}

/* The processor of the first VM with the map of the second. */
static void a_processor_under_another_identity_is_moved(void)
{
	struct umbra_entry_view view = view_of(0, 0xa000, NOT_AT_RESET);
	struct umbra_tenant *first, *second, *stranger;

	begin();
	first = boots(0, 0xa000);
	second = boots(1, 0xb000);
	view.permission_map = view_of(1, 0, NOT_AT_RESET).permission_map;
	stranger = enter(0, &view);
	EXPECT(stranger && stranger != first && stranger != second);
	EXPECT(alarms.count == 1 && alarms.kind == UMBRA_ALARM_VCPU_MOVED);
	EXPECT(alarms.tenant == stranger->id && alarms.other == first->id);
	EXPECT(first->gone && first->disputed && stranger->disputed && !second->disputed);
	EXPECT(runs(0, 0xa000) != first && alarms.count == 2);
}

/* The control block of the first VM entered by the process of the second. */
static void a_control_block_in_another_process_is_moved(void)
{
	struct umbra_entry_view view = view_of(0, 0xa000, NOT_AT_RESET);
	struct umbra_tenant *first, *second, *stranger;

	begin();
	first = boots(0, 0xa000);
	second = boots(1, 0xb000);
	view.host_space = view_of(1, 0, NOT_AT_RESET).host_space;
	stranger = enter(1, &view);
	EXPECT(stranger && stranger != first && stranger != second);
	EXPECT(alarms.count == 1 && alarms.kind == UMBRA_ALARM_VCPU_MOVED);
	EXPECT(runs(1, 0xb000) == second && !second->gone);
	EXPECT(first->gone);
}

/* Pages of a VM that ended. */
static void a_vm_that_begins_on_the_pages_of_another_inherits_nothing(void)
{
	struct umbra_entry_view view = view_of(1, 0xa000, RESET);
	struct umbra_tenant *first, *next;

	begin();
	first = boots(0, 0xa000);
	view.control_block = view_of(0, 0, RESET).control_block;
	next = enter(1, &view);
	EXPECT(next && next != first && first->gone && !alarms.count);
}

int main(int argc, char **argv)
{
	honest_vms_keep_their_identity();
	a_root_entered_once_by_another_vm_is_shared();
	a_root_that_goes_back_and_forth_is_shared_each_time();
	a_root_that_was_let_go_is_the_takers();
	a_root_is_the_takers_once_the_loser_shows_another();
	a_root_of_a_vm_that_ended_is_told_after_its_silence();
	the_second_look_at_a_taken_root_is_withheld_as_the_first();
	a_processor_under_another_identity_is_moved();
	a_control_block_in_another_process_is_moved();
	a_vm_that_begins_on_the_pages_of_another_inherits_nothing();
	return 0;
}
