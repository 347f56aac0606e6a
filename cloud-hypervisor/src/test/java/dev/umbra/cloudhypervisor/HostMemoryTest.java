// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static dev.umbra.cloudhypervisor.CloudHostTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.fake.FakeHypervisor;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.cloudhypervisor.memory.CloudMemory;
import dev.umbra.cloudhypervisor.memory.TenantMemory;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.MemoryFrame;
import dev.umbra.ultracall.MemoryFrame.AddressSpace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
    private static final int CLOUD_VM = 1;
    private static final long ROOT = 0x7000;
    private static final long SHIFT = 0x10_0000;
    private static final long SIZE = 0x10_0000;

    @TempDir
    Path directory;

    private final FakeHypervisor hypervisor = new FakeHypervisor();
    private final EchoDevices.Factory factory = new EchoDevices.Factory();
    private Path file;
    private MemorySegment bytes;
    private CloudHost host;
    private FakeTenantVm vm;

    @BeforeEach
    void makeMemory() throws IOException {
        file = directory.resolve("memory");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, SHIFT + SIZE, Arena.ofAuto());
        }
        for (long table = ROOT; table < ROOT + 0x4000; table += 0x1000) {
            bytes.set(ValueLayout.JAVA_LONG, SHIFT + table, table + 0x1000 | 7);
        }
        bytes.set(ValueLayout.JAVA_BYTE, SHIFT + ROOT + 0x4000, (byte) 42);
    }

    @AfterEach
    void stop() {
        host.close();
    }

    @Test
    void memoryIsReadOnceItsLayoutIsKnown() throws Exception {
        TenantMemory memory = open(AddressSpace.HOST);
        assertThat(memory.page(0)).isNull();

        answer(0, extent(0, 0, SIZE, SHIFT, true, false));

        assertThat(memory.page(0).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 42);
        assertThat(host.statistics().get(HostCounter.MEMORY_LAYOUTS)).isEqualTo(1);
        assertThat(hypervisor.received(MemoryFrame.ReadMemoryLayout.class))
                .containsExactly(
                        new MemoryFrame.ReadMemoryLayout(new FrameHeader(0, 0, CLOUD_VM, 0), AddressSpace.HOST));
    }

    @Test
    void memoryOfTheCloudVmItselfIsKnownAndForgottenLikewise() throws Exception {
        open(AddressSpace.HOST);
        CloudVmKey key = new CloudVmKey(hypervisor.instance(), CLOUD_VM);
        Supplier<CloudMemory> memory = host.memory(key).orElseThrow();
        assertThat(memory.get()).isNull();

        answer(0, extent(0, 0, SIZE, SHIFT, true, false));
        assertThat(memory.get().extents().offset(ROOT)).isEqualTo(SHIFT + ROOT);
        assertThat(host.memory(new CloudVmKey(hypervisor.instance(), CLOUD_VM + 1)))
                .isEmpty();

        hypervisor.breakConnection();
        await(() -> hypervisor.received(MemoryFrame.ReadMemoryLayout.class).size() == 2);
        assertThat(memory.get()).isNull();
    }

    @Test
    void whatWasKnownIsForgottenWithTheConnection() throws Exception {
        TenantMemory memory = open(AddressSpace.HOST);
        answer(0, extent(0, 0, SIZE, SHIFT, true, false));

        hypervisor.breakConnection();
        await(() -> hypervisor.received(MemoryFrame.ReadMemoryLayout.class).size() == 2);
        assertThat(memory.page(0)).isNull();

        answer(1, extent(0, 0, SIZE, SHIFT, true, false));
        assertThat(memory.page(0)).isNotNull();
        host.close();
        assertThat(memory.page(0)).isNull();
    }

    @Test
    void disputedVmHasNoMemoryAndOneWhoseRootIsWithheldHasNone() throws Exception {
        TenantMemory memory = open(AddressSpace.HOST);
        answer(0, extent(0, 0, SIZE, SHIFT, true, false));
        assertThat(memory.page(0)).isNotNull();

        hypervisor.sendToService(present(false, 0));
        assertThat(memory.page(0)).isNull();
        hypervisor.sendToService(present(false, ROOT));
        assertThat(memory.page(0)).isNotNull();

        hypervisor.sendToService(present(true, ROOT));
        assertThat(memory.page(0)).isNull();
        assertThat(host.memory(new TenantVmKey(hypervisor.instance(), vm.id()))
                        .orElseThrow()
                        .page(0))
                .isNull();
    }

    private Frame.TenantVm present(boolean disputed, long root) {
        return new Frame.TenantVm(
                new FrameHeader(0, vm.id(), CLOUD_VM, 0),
                Frame.Presence.PRESENT,
                false,
                disputed,
                false,
                1,
                0,
                0,
                0,
                root,
                0);
    }

    @Test
    void incompleteLayoutIsUsedAndAskedForAgain() throws Exception {
        TenantMemory memory = open(AddressSpace.HOST);

        answer(0, extent(0, 0, SIZE, SHIFT, true, true));

        assertThat(memory.page(0)).isNotNull();
        await(() -> hypervisor.received(MemoryFrame.ReadMemoryLayout.class).size() == 2);
    }

    @Test
    void hostileLayoutLeavesNothing() throws Exception {
        TenantMemory memory = open(AddressSpace.HOST);
        answer(0, extent(0, 0, SIZE, SHIFT, true, false));

        answer(0, extent(0, 0, SIZE, SHIFT, false, false), extent(1, 0x1000, SIZE, 0, true, false));
        assertThat(memory.page(0)).isNull();
        answer(0, extent(0, 0, SIZE, SHIFT + 0x1000, true, false));
        answer(0, extent(7, 0, SIZE, SHIFT, true, false));
        assertThat(memory.page(0)).isNull();
        assertThat(host.statistics().get(HostCounter.MEMORY_LAYOUTS_REFUSED)).isEqualTo(3);

        answer(0, extent(0, 0, SIZE, SHIFT, true, false));
        assertThat(memory.page(0)).isNotNull();
    }

    @Test
    void extentsOfOtherFilesAreLeftOut() throws Exception {
        TenantMemory memory = open(AddressSpace.FILE);
        long inode = (Long) Files.getAttribute(file, "unix:ino");
        int device = (int) (long) (Long) Files.getAttribute(file, "unix:dev");

        answer(0, in(inode + 1, device), in(inode, device + 1));
        assertThat(memory.page(0)).isNull();
        assertThat(host.statistics().get(HostCounter.MEMORY_EXTENTS_FOREIGN)).isEqualTo(2);
        answer(0, in(inode, device));
        assertThat(memory.page(0)).isNotNull();
    }

    @Test
    void missingFileIsNoMemory() throws Exception {
        Files.delete(file);
        TenantMemory memory = open(AddressSpace.HOST, 0);

        hypervisor.sendToService(extent(0, 0, SIZE, SHIFT, true, false));

        assertThat(memory.page(0)).isNull();
        assertThat(hypervisor.received(MemoryFrame.ReadMemoryLayout.class)).isEmpty();
    }

    private TenantMemory open(AddressSpace space) throws Exception {
        return open(space, 1);
    }

    private TenantMemory open(AddressSpace space, int questions) throws Exception {
        host = new CloudHost(
                hypervisor,
                CloudHostConfiguration.defaults(directory.resolve("state")).withMemory(new MemorySource(file, space)),
                factory,
                new ClaimedMemoryTest.NobodyKnown(),
                new CloudHostListener() {});
        host.start();
        vm = hypervisor.addTenantVm();
        await(() -> hypervisor.received(MemoryFrame.ReadMemoryLayout.class).size() == questions);
        return factory.devices.get(vm.id()).host().memory().orElseThrow();
    }

    private void answer(int earlier, MemoryFrame.MemoryExtent... extents) {
        assertThat(hypervisor.received(MemoryFrame.ReadMemoryLayout.class)).hasSizeGreaterThan(earlier);
        List.of(extents).forEach(hypervisor::sendToService);
    }

    private static MemoryFrame.MemoryExtent extent(
            int index, long cloudPhysical, long length, long offset, boolean last, boolean incomplete) {
        return new MemoryFrame.MemoryExtent(
                new FrameHeader(0, 0, CLOUD_VM, 0), cloudPhysical, length, offset, 0, 0, index, last, incomplete);
    }

    private static MemoryFrame.MemoryExtent in(long inode, int device) {
        return new MemoryFrame.MemoryExtent(
                new FrameHeader(0, 0, CLOUD_VM, 0), 0, SIZE, SHIFT, inode, device, 0, true, false);
    }
}
