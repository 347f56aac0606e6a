// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.web.bind.annotation.RestController;

/** The build fails here when a module or package reaches where the architecture's table does not allow. */
@AnalyzeClasses(packages = "dev.umbra", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final List<String> MODULES =
            List.of("ultracall", "shadowdevices", "cloudhypervisor", "introspection", "remoteconsole", "appliance");

    @ArchTest
    static final ArchRule ultracall_depends_on_nothing_of_ours = module("ultracall");

    @ArchTest
    static final ArchRule shadow_devices_depend_on_ultracall = module("shadowdevices", "ultracall");

    @ArchTest
    static final ArchRule cloud_hypervisor_depends_on_ultracall = module("cloudhypervisor", "ultracall");

    @ArchTest
    static final ArchRule introspection_depends_on_cloud_hypervisor =
            module("introspection", "cloudhypervisor", "ultracall");

    @ArchTest
    static final ArchRule remote_console_depends_on_shadow_devices = module("remoteconsole", "shadowdevices");

    @ArchTest
    static final ArchRule spring_stays_in_the_appliance = noClasses()
            .that()
            .resideOutsideOfPackage("dev.umbra.appliance..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework..", "jakarta..");

    @ArchTest
    static final ArchRule device_models_know_no_socket_thread_or_clock = noClasses()
            .that()
            .resideInAPackage("dev.umbra.shadowdevices..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.net..", "java.nio.channels..", "io.netty..", "java.time..")
                    .or(DescribedPredicate.describe(
                            "a thread or an executor",
                            type -> type.isAssignableTo(Thread.class)
                                    || type.getName().startsWith("java.util.concurrent.Executor"))));

    @ArchTest
    static final ArchRule consoles_know_no_port_number_or_hypervisor = noClasses()
            .that()
            .resideInAPackage("dev.umbra.remoteconsole..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.umbra.ultracall..", "dev.umbra.cloudhypervisor..");

    @ArchTest
    static final ArchRule modules_are_free_of_cycles =
            slices().matching("dev.umbra.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule only_the_machine_wires_devices = noClasses()
            .that(resideInAPackage("dev.umbra.appliance..")
                    .and(DescribedPredicate.not(resideInAPackage("dev.umbra.appliance.machine.."))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.umbra.shadowdevices..");

    @ArchTest
    static final ArchRule controllers_live_in_the_api_package = classes()
            .that()
            .areAnnotatedWith(RestController.class)
            .should()
            .resideInAPackage("dev.umbra.appliance.api");

    @ArchTest
    static final ArchRule nothing_depends_on_the_api_package = noClasses()
            .that()
            .resideOutsideOfPackage("dev.umbra.appliance.api")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.umbra.appliance.api");

    @ArchTest
    static final ArchRule the_machine_knows_nothing_of_the_application = noClasses()
            .that()
            .resideInAPackage("dev.umbra.appliance.machine..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.umbra.appliance..")
                    .and(DescribedPredicate.not(resideInAPackage("dev.umbra.appliance.machine.."))));

    /** A rule over classes that are not on the class path would always hold. */
    @ArchTest
    static void every_module_is_looked_at(JavaClasses all) {
        for (String module : MODULES) {
            assertThat(all.stream().filter(type -> type.getPackageName().startsWith("dev.umbra." + module)))
                    .as(module)
                    .isNotEmpty();
        }
    }

    private static ArchRule module(String name, String... allowed) {
        String[] forbidden = MODULES.stream()
                .filter(other -> !other.equals(name))
                .filter(other -> !List.of(allowed).contains(other))
                .map(other -> "dev.umbra." + other + "..")
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> elsewhere = resideInAnyPackage(forbidden);
        return noClasses()
                .that()
                .resideInAPackage("dev.umbra." + name + "..")
                .should()
                .dependOnClassesThat(elsewhere)
                .as(name + " depends on nothing of ours but "
                        + Stream.of(allowed).toList());
    }
}
