// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.RunningAppliance;
import dev.umbra.appliance.RunningAppliance.Answer;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.MemoryFrame;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryApiTest {
    private static final int CLOUD_VM = 1;
    /** Where the fake hypervisor says that nested tables begin. */
    private static final int ROOT = 0x7000;

    private static final int LARGE_PAGE = 2 << 20;
    private static final int LARGE_PAGES = 16;
    private static final String MARK = "the first word of this memory";

    private final RunningAppliance appliance = RunningAppliance.get();

    /** All VMs of the fake host have the same memory: 32 MiB, behind the tables. */
    @BeforeEach
    void write_memory() throws IOException {
        appliance.awaitHost();
        put(ROOT, ROOT + 0x1000 | 7);
        put(ROOT + 0x1000, ROOT + 0x2000 | 7);
        for (int page = 0; page < LARGE_PAGES; page++) {
            put(ROOT + 0x2000 + page * 8, (page + 1L) * LARGE_PAGE | 0x87);
        }
        write(LARGE_PAGE, MARK.getBytes(StandardCharsets.US_ASCII));
    }

    @AfterEach
    void forget_memory() {
        tell(7, RunningAppliance.MEMORY);
    }

    @Test
    void tenant_gets_the_memory_of_the_vm_and_it_is_audited() {
        enrolled("dumped");
        tell(0, RunningAppliance.MEMORY);

        Answer answer = download("alice", "dumped", "raw");

        byte[] bytes = answer.response().body();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(bytes).hasSize(LARGE_PAGES * LARGE_PAGE);
        assertThat(new String(bytes, 0, MARK.length(), StandardCharsets.US_ASCII))
                .isEqualTo(MARK);
        assertThat(answer.header("Content-Disposition")).contains("dumped.raw");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(appliance.get("alice", "/api/v1/audit?vm=dumped").json().toString())
                .contains("memory-downloaded");
    }

    @ParameterizedTest
    @CsvSource({"elf,464c457f,core", "lime,4c694d45,lime"})
    void formats_begin_as_their_programs_expect(String format, String magic, String extension) {
        String vm = "dumped-" + format;
        enrolled(vm);
        tell(0, RunningAppliance.MEMORY);

        Answer answer = download("alice", vm, format);

        byte[] bytes = answer.response().body();
        assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt())
                .isEqualTo(Integer.parseUnsignedInt(magic, 16));
        assertThat(bytes).hasSizeGreaterThan(LARGE_PAGES * LARGE_PAGE);
        assertThat(answer.header("Content-Length")).isEqualTo(Integer.toString(bytes.length));
        assertThat(answer.header("Content-Disposition")).contains(vm + "." + extension);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"bob", "operator", "administrator"})
    void memory_is_for_the_tenant_alone(String account) {
        String vm = "private-" + account;
        enrolled(vm);
        tell(0, RunningAppliance.MEMORY);

        Answer answer = download(account, vm, "raw");

        assertThat(answer.status()).isIn(401, 403, 404);
        assertThat(answer.response().body()).hasSizeLessThan(LARGE_PAGE);
    }

    @Test
    void unknown_format_is_refused() {
        enrolled("zipped");

        assertThat(download("alice", "zipped", "zip").code()).isEqualTo("request-invalid");
    }

    @Test
    void vm_that_never_enrolled_and_one_without_known_memory_have_none() {
        appliance.createVm("alice", "absent");
        enrolled("dark");

        assertThat(download("alice", "absent", "raw").code()).isEqualTo("vm-not-enrolled");
        for (String format : List.of("raw", "lime", "elf")) {
            assertThat(download("alice", "dark", format).code()).isEqualTo("introspection-unavailable");
        }
    }

    @Test
    void second_download_waits_for_the_end_of_the_first_also_if_that_breaks_off() throws Exception {
        enrolled("slow");
        tell(0, RunningAppliance.MEMORY);
        HttpRequest request = HttpRequest.newBuilder(appliance.address(path("slow", "raw")))
                .header("Authorization", RunningAppliance.basic("alice", RunningAppliance.PASSWORD))
                .build();

        try (InputStream unread = appliance
                .client
                .send(request, HttpResponse.BodyHandlers.ofInputStream())
                .body()) {
            assertThat(unread.read()).isEqualTo(MARK.charAt(0));
            assertThat(download("alice", "slow", "raw").code()).isEqualTo("memory-download-in-progress");
        }

        RunningAppliance.await(() -> download("alice", "slow", "raw").status() == 200);
    }

    private Answer download(String account, String vm, String format) {
        return appliance.get(account, path(vm, format));
    }

    private static String path(String vm, String format) {
        return "/api/v1/vms/" + vm + "/introspection/memory?format=" + format;
    }

    private void enrolled(String name) {
        String secret = appliance.createVm("alice", name);
        FakeTenantVm vm = appliance.hypervisor.addTenantVm();
        RunningAppliance.enrol(vm, secret);
    }

    /** @param index of the extent; not 0 is a layout that cannot be, which leaves no memory */
    private void tell(int index, long length) {
        appliance.hypervisor.sendToService(new MemoryFrame.MemoryExtent(
                new FrameHeader(0, 0, CLOUD_VM, 0), 0, length, 0, 0, 0, index, true, false));
    }

    private void put(long place, long value) throws IOException {
        write(
                place,
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array());
    }

    private void write(long place, byte[] bytes) throws IOException {
        try (FileChannel file = FileChannel.open(appliance.memory, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(bytes), place);
        }
    }
}
