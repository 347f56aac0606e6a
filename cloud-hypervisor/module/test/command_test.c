// SPDX-License-Identifier: GPL-2.0
/*
 * The frames of a service: each is obeyed or refused as a whole. The fuzz loop sends
 * frames of every type with payloads that are nearly right, and compares what was
 * obeyed with a second reading of the contract.
 */
#include "test.h"

struct umbra_state umbra;

static struct umbra_cloud cloud = { .id = 3 };
static struct umbra_tenant tenant = { .id = 7, .cloud = &cloud, .vcpu_count = 1 };

/* What the last frame led to. */
static u16 obeyed;
static u64 argument, argument2, argument3;

static void did(u16 type, u64 first, u64 second, u64 third)
{
	EXPECT(!obeyed && umbra.registry.held);
	obeyed = type;
	argument = first;
	argument2 = second;
	argument3 = third;
}

struct umbra_tenant *umbra_tenant_find(u64 id)
{
	return id == tenant.id ? &tenant : NULL;
}

struct umbra_cloud *umbra_cloud_find(u32 id)
{
	return id == cloud.id ? &cloud : NULL;
}

void umbra_tenant_put(struct umbra_tenant *put)
{
}

void umbra_cloud_put(struct umbra_cloud *put)
{
}

void umbra_device_notify(bool wake)
{
}

void kvm_vcpu_wake_up(struct kvm_vcpu *vcpu)
{
}

void umbra_pause(struct umbra_tenant *tenant)
{
	did(UMBRA_FRAME_PAUSE, 0, 0, 0);
}

void umbra_resume(struct umbra_tenant *tenant)
{
	did(UMBRA_FRAME_RESUME, 0, 0, 0);
}

int umbra_pause_moment(struct umbra_tenant *tenant, u64 sequence, u32 bound)
{
	did(UMBRA_FRAME_PAUSE, 1, sequence, bound);
	return 0;
}

int umbra_resume_moment(struct umbra_tenant *tenant, u64 sequence)
{
	did(UMBRA_FRAME_RESUME, 1, sequence, 0);
	return 0;
}

int umbra_answer(struct umbra_stream *stream, u64 sequence, u16 reply_type, const u8 *data,
		 size_t length)
{
	did(reply_type, sequence, length, 0);
	return 0;
}

void umbra_port_claim(struct umbra_tenant *tenant, u16 base, u32 count, enum umbra_claim claim)
{
	EXPECT(count && base + count <= 65536 && claim <= UMBRA_CLAIM_REGISTER_CALL);
	did(UMBRA_FRAME_CLAIM_PORTS, base, count, claim);
}

int umbra_memory_claim(struct umbra_tenant *tenant, u64 base, u64 length, bool claimed)
{
	EXPECT(length && base + length <= UMBRA_MEMORY_END && !((base | length) & 4095));
	did(UMBRA_FRAME_CLAIM_MEMORY, base, length, claimed);
	return 0;
}

void umbra_interrupt_line(struct umbra_tenant *tenant, u8 irq, bool level)
{
	EXPECT(irq < UMBRA_ISA_IRQS);
	did(UMBRA_FRAME_INTERRUPT_LINE, irq, level, 0);
}

int umbra_layout_read(struct umbra_cloud *cloud, u32 address_space)
{
	did(UMBRA_FRAME_READ_MEMORY_LAYOUT, address_space, 0, 0);
	return 0;
}

void umbra_device_control(u16 type, u64 sequence, u64 tenant_vm, u32 cloud_vm,
			  const void *payload, size_t length)
{
	EXPECT(type == UMBRA_FRAME_COUNTERS && length == sizeof(struct umbra_counters));
	did(UMBRA_FRAME_READ_COUNTERS, sequence, 0, 0);
}

static int command_of(u16 type, u64 sequence, u64 tenant_vm, u32 cloud_vm, const void *payload,
		      size_t length)
{
	struct umbra_frame_header header = {
		.length = sizeof(header) + length,
		.type = type,
		.sequence = sequence,
		.tenant_vm = tenant_vm,
		.cloud_vm = cloud_vm,
	};
	/* To the byte, so that the sanitizer sees who reads beyond. */
	u8 *copy = malloc(length);
	int error;

	if (length)
		memcpy(copy, payload, length);
	obeyed = 0;
	tenant.vcpus_reading.asked = false;
	cloud.vcpus_reading.asked = false;
	error = umbra_command(&header, copy, length);
	free(copy);
	EXPECT(error >= 0 && !umbra.registry.held);
	return error;
}

static int command(u16 type, u64 sequence, u64 tenant_vm, const void *payload, size_t length)
{
	return command_of(type, sequence, tenant_vm, 0, payload, length);
}

static int pause(u32 bound, u32 reserved, size_t length)
{
	u8 bytes[24] = {};

	memcpy(bytes, &(struct umbra_pause){ bound, reserved }, sizeof(struct umbra_pause));
	return command(UMBRA_FRAME_PAUSE, 42, 7, bytes, length);
}

static void a_pause_without_payload_lasts(void)
{
	EXPECT(!command(UMBRA_FRAME_PAUSE, 42, 7, NULL, 0));
	EXPECT(obeyed == UMBRA_FRAME_PAUSE && !argument);
	EXPECT(!command(UMBRA_FRAME_RESUME, 43, 7, NULL, 0));
	EXPECT(obeyed == UMBRA_FRAME_RESUME && !argument);
}

static void a_pause_with_a_bound_is_for_a_moment(void)
{
	u64 number = 42;

	EXPECT(!pause(5000, 0, 8) && obeyed == UMBRA_FRAME_PAUSE);
	EXPECT(argument == 1 && argument2 == 42 && argument3 == 5000);
	EXPECT(!command(UMBRA_FRAME_RESUME, 43, 7, &number, 8));
	EXPECT(obeyed == UMBRA_FRAME_RESUME && argument == 1 && argument2 == 42);
}

static void what_is_not_a_pause_is_refused(void)
{
	u8 bytes[24] = {};

	EXPECT(pause(0, 0, 8) == ERANGE && !obeyed);
	EXPECT(pause(UMBRA_PAUSE_MAXIMUM + 1, 0, 8) == ERANGE && !obeyed);
	EXPECT(pause(1, 1, 8) == EINVAL && !obeyed);
	EXPECT(pause(1, 0, 16) == EINVAL && !obeyed);
	EXPECT(command(UMBRA_FRAME_PAUSE, 0, 7, &(struct umbra_pause){ 1, 0 }, 8) == ERANGE);
	EXPECT(command(UMBRA_FRAME_RESUME, 1, 7, bytes, 8) == ERANGE && !obeyed);
	EXPECT(command(UMBRA_FRAME_RESUME, 1, 7, bytes, 16) == EINVAL && !obeyed);
	EXPECT(command(UMBRA_FRAME_PAUSE, 1, 8, NULL, 0) == ENOENT && !obeyed);
	EXPECT(command(UMBRA_FRAME_PAUSE, 1, 0, NULL, 0) == EOPNOTSUPP && !obeyed);
}

static void registers_are_asked_for_without_payload(void)
{
	u64 nothing = 0;

	EXPECT(command(UMBRA_FRAME_READ_VCPUS, 9, 7, &nothing, 8) == EINVAL);
	EXPECT(!tenant.vcpus_reading.asked);
	tenant.vcpus_reading.told = 5;
	EXPECT(!command(UMBRA_FRAME_READ_VCPUS, 9, 7, NULL, 0));
	EXPECT(tenant.vcpus_reading.asked && tenant.vcpus_reading.command == 9);
	EXPECT(!tenant.vcpus_reading.told);
	EXPECT(command(UMBRA_FRAME_READ_VCPUS, 9, 0, NULL, 0) == EOPNOTSUPP);
	tenant.vcpu_count = 0;
	EXPECT(command(UMBRA_FRAME_READ_VCPUS, 9, 7, NULL, 0) == EAGAIN);
	EXPECT(!tenant.vcpus_reading.asked);
	tenant.vcpu_count = 1;
}

static void registers_of_the_cloud_vm_itself_are_asked_for_by_its_own_number(void)
{
	struct umbra_carrier carrier = {};

	cloud.carriers = (struct list_head) { &cloud.carriers, &cloud.carriers };
	EXPECT(command_of(UMBRA_FRAME_READ_VCPUS, 9, 0, 3, NULL, 0) == EAGAIN);
	EXPECT(!cloud.vcpus_reading.asked);
	cloud.carriers = (struct list_head) { &carrier.link, &carrier.link };
	EXPECT(command_of(UMBRA_FRAME_READ_VCPUS, 9, 0, 3, &carrier, 8) == EINVAL);
	EXPECT(command_of(UMBRA_FRAME_READ_VCPUS, 9, 0, 4, NULL, 0) == ENOENT);
	cloud.vcpus_reading.told = 5;
	EXPECT(!command_of(UMBRA_FRAME_READ_VCPUS, 9, 0, 3, NULL, 0));
	EXPECT(cloud.vcpus_reading.asked && cloud.vcpus_reading.command == 9);
	EXPECT(!cloud.vcpus_reading.told && !tenant.vcpus_reading.asked);
	cloud.carriers = (struct list_head) {};
}

static void frames_of_the_other_direction_are_refused(void)
{
	u16 type;

	for (type = 0; type < UMBRA_FRAME_ATTACH; type++)
		EXPECT(command(type, 1, 7, NULL, 0) == EOPNOTSUPP && !obeyed);
}

static void round_of_frames(void)
{
	u16 type = UMBRA_FRAME_ATTACH + random_below(16);
	size_t length = 8 * random_below(6);
	u64 sequence = random_number();
	struct umbra_pause pause;
	u8 bytes[40];
	int error;

	random_fill(bytes, sizeof(bytes));
	/* Small numbers and zeros are what is nearly right. */
	if (random_below(2))
		memset(bytes + random_below(20), 0, 20);
	error = command(type, sequence, random_below(4) ? 7 : random_below(9), bytes, length);
	EXPECT(!error || !obeyed);
	EXPECT(!tenant.vcpus_reading.asked ||
	       (!error && type == UMBRA_FRAME_READ_VCPUS && !length));
	memcpy(&pause, bytes, sizeof(pause));
	if (obeyed == UMBRA_FRAME_PAUSE)
		EXPECT(argument ? length == 8 && !pause.reserved && pause.bound &&
				  pause.bound <= UMBRA_PAUSE_MAXIMUM &&
				  argument2 == sequence && argument3 == pause.bound :
				  !length);
	if (obeyed == UMBRA_FRAME_RESUME)
		EXPECT(argument ? length == 8 : !length);
}

int main(int argc, char **argv)
{
	cloud.carriers.next = &cloud.carriers;
	EXPECT(!umbra_stream_init(&tenant.stream) && !umbra_stream_init(&cloud.stream));
	a_pause_without_payload_lasts();
	a_pause_with_a_bound_is_for_a_moment();
	what_is_not_a_pause_is_refused();
	registers_are_asked_for_without_payload();
	registers_of_the_cloud_vm_itself_are_asked_for_by_its_own_number();
	frames_of_the_other_direction_are_refused();
	fuzz(argc, argv, "command", round_of_frames);
	umbra_stream_free(&tenant.stream);
	umbra_stream_free(&cloud.stream);
	return 0;
}
