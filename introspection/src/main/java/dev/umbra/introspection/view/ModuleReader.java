// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.view.Module.Region;
import dev.umbra.introspection.view.Module.RegionKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Walks the list of modules and reads them ({@code linux/module.h}). Older kernels keep a module's memory in one piece each for
 * core and initialisation, newer ones ({@code mem}) have a piece for each kind of it.
 */
final class ModuleReader {
    private static final class Layout {
        final int list;
        final int name;
        final int nameSize;
        final int state;
        final int version;
        final int sourceVersion;
        final int taints;
        final int references;
        final int init;
        final int exit;
        final int signed;
        final int users;
        final int user;
        final int pieces;
        final int pieceCount;
        final int pieceStride;
        final int pieceBase;
        final int pieceSize;
        final int core;
        final int initialisation;
        final int textSize;
        final int readOnlySize;
        final int readOnlyAfterInitSize;

        Layout(KernelProfile profile) {
            StructFields module = new StructFields(profile, "module");
            list = module.at("list");
            name = module.at("name");
            nameSize = module.bytes("name");
            state = module.at("state");
            version = module.optional("version");
            sourceVersion = module.optional("srcversion");
            taints = module.at("taints");
            references = module.at("refcnt");
            init = module.at("init");
            exit = module.at("exit");
            signed = module.optional("sig_ok");
            users = module.at("source_list");
            user = profile.offset("module_use", "source");
            pieces = module.optional("mem");
            boolean kinds = pieces != StructFields.ABSENT;
            StructFields piece = new StructFields(profile, kinds ? "module_memory" : "module_layout");
            pieceCount = kinds ? profile.field("module", "mem").elements() : 0;
            pieceStride = piece.size();
            pieceBase = piece.at("base");
            pieceSize = piece.at("size");
            core = module.optional("core_layout");
            initialisation = module.optional("init_layout");
            textSize = piece.optional("text_size");
            readOnlySize = piece.optional("ro_size");
            readOnlyAfterInitSize = piece.optional("ro_after_init_size");
        }
    }

    private static final RegionKind[] KINDS = {
        RegionKind.TEXT,
        RegionKind.DATA,
        RegionKind.READ_ONLY_DATA,
        RegionKind.READ_ONLY_AFTER_INIT,
        RegionKind.INIT_TEXT,
        RegionKind.INIT_DATA,
        RegionKind.INIT_READ_ONLY_DATA
    };
    private static final String LIST = "modules";
    private static final String USERS = "module.source_list";
    private static final int VERSION_LIMIT = 256;
    private static final int MAXIMUM_USERS = 1024;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;

    ModuleReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
    }

    /** Visits all modules of the list, the youngest first. */
    void forEach(LongConsumer visitor) {
        scan.lists().ring(LIST, scan.symbol(LIST), Scan.MAXIMUM_ENTRIES, node -> visitor.accept(node - layout.list));
    }

    Module read(long module) {
        List<Region> regions = regions(module);
        return new Module(
                module,
                name(module),
                text(module, layout.version),
                text(module, layout.sourceVersion),
                ModuleState.of(memory.u32(module + layout.state)),
                regions.isEmpty() ? 0 : regions.getFirst().base(),
                regions.stream().mapToLong(Region::size).sum(),
                regions,
                memory.u32(module + layout.references) - 1,
                users(module),
                memory.u64(module + layout.init) != 0 && memory.u64(module + layout.exit) == 0,
                memory.u64(module + layout.taints),
                layout.signed != StructFields.ABSENT && memory.u8(module + layout.signed) != 0);
    }

    private String name(long module) {
        return scan.text(module + layout.name, layout.nameSize);
    }

    private String text(long module, int field) {
        return field == StructFields.ABSENT
                ? ""
                : scan.part("module", memory.u64(module + field), "", text -> scan.string(text, VERSION_LIMIT));
    }

    private List<String> users(long module) {
        List<String> users = new ArrayList<>();
        scan.lists()
                .ring(
                        USERS,
                        module + layout.users,
                        MAXIMUM_USERS,
                        use -> users.add(name(memory.u64(use + layout.user))));
        return users;
    }

    private List<Region> regions(long module) {
        List<Region> regions = new ArrayList<>();
        if (layout.pieces == StructFields.ABSENT) {
            addPieces(regions, module + layout.core, false);
            addPieces(regions, module + layout.initialisation, true);
            return regions;
        }
        for (int kind = 0; kind < Math.min(layout.pieceCount, KINDS.length); kind++) {
            long piece = module + layout.pieces + (long) kind * layout.pieceStride;
            add(regions, KINDS[kind], memory.u64(piece + layout.pieceBase), size(piece, layout.pieceSize));
        }
        return regions;
    }

    /** Text, read-only data, what is read-only once initialised, and other data follow each other. */
    private void addPieces(List<Region> regions, long piece, boolean initialisation) {
        long base = memory.u64(piece + layout.pieceBase);
        long end = size(piece, layout.pieceSize);
        long text = Math.min(size(piece, layout.textSize), end);
        long readOnly = Math.clamp(size(piece, layout.readOnlySize), text, end);
        long afterInit = Math.clamp(size(piece, layout.readOnlyAfterInitSize), readOnly, end);
        add(regions, initialisation ? RegionKind.INIT_TEXT : RegionKind.TEXT, base, text);
        add(
                regions,
                initialisation ? RegionKind.INIT_READ_ONLY_DATA : RegionKind.READ_ONLY_DATA,
                base + text,
                readOnly - text);
        add(
                regions,
                initialisation ? RegionKind.INIT_READ_ONLY_DATA : RegionKind.READ_ONLY_AFTER_INIT,
                base + readOnly,
                afterInit - readOnly);
        add(regions, initialisation ? RegionKind.INIT_DATA : RegionKind.DATA, base + afterInit, end - afterInit);
    }

    private long size(long piece, int field) {
        return field == StructFields.ABSENT ? 0 : Integer.toUnsignedLong(memory.u32(piece + field));
    }

    private static void add(List<Region> regions, RegionKind kind, long base, long size) {
        if (size != 0) {
            regions.add(new Region(kind, base, size));
        }
    }
}
