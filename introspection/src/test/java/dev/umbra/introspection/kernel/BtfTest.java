// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.introspection.kernel.BtfBuilder.Member;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BtfTest {
    private final BtfBuilder builder = new BtfBuilder();
    private final int u32 = builder.integer("unsigned int", 4, false);
    private final int s64 = builder.integer("long int", 8, true);

    @Test
    void members_of_anonymous_structures_are_members_of_the_outer() {
        int inner = builder.struct("", 8, new Member("low", u32, 0), new Member("high", u32, 32));
        int choice = builder.union("", 8, new Member("whole", s64, 0), new Member("", inner, 0));
        builder.struct("outer", 16, new Member("first", u32, 0), new Member("", choice, 64));

        StructType outer = parsed().struct("outer").orElseThrow();

        assertThat(outer.size()).isEqualTo(16);
        assertThat(outer.offset("first")).isZero();
        assertThat(outer.offset("whole")).isEqualTo(8);
        assertThat(outer.offset("high")).isEqualTo(12);
        assertThat(outer.field("whole").signed()).isTrue();
        assertThat(outer.fields()).extracting(Field::path).containsExactly("first", "whole", "low", "high");
    }

    @Test
    void paths_lead_through_embedded_structures() {
        int entity = builder.struct("sched_entity", 16, new Member("", u32, 0), new Member("cfs_rq", s64, 64));
        int named = builder.alias(BtfKind.TYPEDEF, "entity_t", entity);
        int constant = builder.alias(BtfKind.CONST, "", named);
        builder.struct("task_struct", 64, new Member("state", u32, 0), new Member("se", constant, 128));

        StructType task = parsed().struct("task_struct").orElseThrow();

        assertThat(task.offset("se.cfs_rq")).isEqualTo(24);
        assertThat(task.field("se.cfs_rq").path()).isEqualTo("se.cfs_rq");
        assertThat(task.has("se.absent")).isFalse();
        assertThat(task.has("state.cfs_rq")).isFalse();
        assertThat(task.has("absent.cfs_rq")).isFalse();
        assertThatThrownBy(() -> task.offset("se.absent"))
                .isInstanceOf(UnknownKernel.class)
                .hasMessage("struct task_struct has no member se.absent");
    }

    @Test
    void structures_are_found_by_the_name_of_their_type() {
        int anonymous = builder.struct("", 4, new Member("val", u32, 0));
        builder.alias(BtfKind.TYPEDEF, "kuid_t", anonymous);
        int pointer = builder.pointer(anonymous);
        builder.alias(BtfKind.TYPEDEF, "handle", pointer);

        assertThat(parsed().struct("kuid_t").orElseThrow().offset("val")).isZero();
        assertThat(parsed().struct("handle")).isEmpty();
        assertThat(parsed().struct("absent")).isEmpty();
    }

    @Test
    void sizes_are_those_of_whole_members() {
        int character = builder.integer("char", 1, true);
        int name = builder.array(character, 16);
        int matrix = builder.array(name, 3);
        int pointer = builder.pointer(matrix);
        int open = builder.array(u32, 0);
        builder.struct(
                "sizes",
                200,
                new Member("comm", name, 0),
                new Member("matrix", matrix, 128),
                new Member("pointer", pointer, 512),
                new Member("open", open, 576));

        StructType sizes = parsed().struct("sizes").orElseThrow();

        assertThat(sizes.field("comm"))
                .returns(16, Field::size)
                .returns(16, Field::elements)
                .returns(true, Field::signed);
        assertThat(sizes.field("matrix")).returns(48, Field::size).returns(3, Field::elements);
        assertThat(sizes.field("pointer")).returns(8, Field::size).returns(0, Field::elements);
        assertThat(sizes.field("open")).returns(0, Field::size).returns(72, Field::offset);
    }

    @Test
    void bit_fields_have_their_first_bit_and_length() {
        builder.struct(
                "bits",
                8,
                new Member("whole", u32, 0),
                new Member("flag", u32, 35, 1),
                new Member("rest", s64, 36, 20));

        StructType bits = parsed().struct("bits").orElseThrow();

        assertThat(bits.field("whole").bitSize()).isZero();
        assertThat(bits.field("flag"))
                .returns(4, Field::offset)
                .returns(1, Field::bitSize)
                .returns(35L, Field::bitOffset);
        assertThat(bits.field("rest")).returns(20, Field::bitSize).returns(true, Field::signed);
    }

    @Test
    void constants_have_the_sign_and_width_of_their_enumeration() {
        builder.enumeration("pid_type", false, "PIDTYPE_SID", 3);
        builder.enumeration("", true, "NEGATIVE", -2);
        builder.enumeration("unsigned", false, "LARGE", -2);
        builder.enumeration64("wide", "WIDE", 0x1234_5678_9abc_def0L);
        Btf types = parsed();

        assertThat(types.constant("pid_type", "PIDTYPE_SID")).hasValue(3);
        assertThat(types.constant("pid_type", "LARGE")).isEmpty();
        assertThat(types.constant("NEGATIVE")).hasValue(-2);
        assertThat(types.constant("LARGE")).hasValue(0xffff_fffeL);
        assertThat(types.constant("wide", "WIDE")).hasValue(0x1234_5678_9abc_def0L);
        assertThat(types.constant("ABSENT")).isEmpty();
    }

    @Test
    void types_that_contain_themselves_have_an_end() {
        int self = builder.next();
        builder.struct("recursive", 8, new Member("", self, 0), new Member("next", self, 0));
        int loop = builder.next();
        builder.alias(BtfKind.TYPEDEF, "loop", loop);
        int array = builder.next();
        builder.array(array, 2);
        builder.struct("arrays", 8, new Member("endless", array, 0), new Member("wild", 1 << 30, 0));
        Btf types = parsed();

        assertThat(types.struct("recursive").orElseThrow().fields())
                .extracting(Field::path)
                .containsExactly("next");
        assertThat(types.struct("loop")).isEmpty();
        assertThat(types.struct("arrays").orElseThrow().field("endless").size()).isZero();
        assertThat(types.struct("arrays").orElseThrow().field("wild").size()).isZero();
    }

    @Test
    void malformed_blobs_are_refused() {
        builder.struct("some", 8, new Member("one", u32, 0));
        byte[] blob = builder.build();

        assertThatThrownBy(() -> Btf.parse(new byte[10])).isInstanceOf(UnknownKernel.class);
        assertThatThrownBy(() -> Btf.parse(new byte[100])).hasMessage("its BTF has no header of version 1");
        assertThatThrownBy(() -> Btf.parse(Arrays.copyOf(blob, blob.length - 1)))
                .hasMessage("its BTF is longer than its place");
        byte[] kind = blob.clone();
        kind[24 + 7] = 0x1f;
        assertThatThrownBy(() -> Btf.parse(kind)).hasMessage("type 1 of its BTF is malformed");
    }

    private Btf parsed() {
        return Btf.parse(builder.build());
    }
}
