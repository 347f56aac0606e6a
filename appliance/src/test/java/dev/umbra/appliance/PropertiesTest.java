// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.account.AccountsProperties;
import dev.umbra.appliance.account.LoginProperties;
import dev.umbra.appliance.audit.AuditProperties;
import dev.umbra.appliance.certificate.CertificateProperties;
import dev.umbra.appliance.console.ConsoleProperties;
import dev.umbra.appliance.console.DisplayProperties;
import dev.umbra.appliance.console.ScreenshotProperties;
import dev.umbra.appliance.console.SshProperties;
import dev.umbra.appliance.console.VncProperties;
import dev.umbra.appliance.enrolment.EnrolmentProperties;
import dev.umbra.appliance.event.EventProperties;
import dev.umbra.appliance.host.HostProperties;
import dev.umbra.appliance.introspection.IntrospectionProperties;
import dev.umbra.appliance.introspection.ScanMode;
import dev.umbra.appliance.recording.RecordingProperties;
import dev.umbra.appliance.telemetry.MetricsProperties;
import dev.umbra.introspection.Severity;
import dev.umbra.ultracall.MemoryFrame.AddressSpace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;

class PropertiesTest {
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ValidationAutoConfiguration.class))
            .withUserConfiguration(AllProperties.class);

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties({
        ApplianceProperties.class,
        AccountsProperties.class,
        LoginProperties.class,
        AuditProperties.class,
        CertificateProperties.class,
        ConsoleProperties.class,
        SshProperties.class,
        VncProperties.class,
        DisplayProperties.class,
        ScreenshotProperties.class,
        RecordingProperties.class,
        EnrolmentProperties.class,
        EventProperties.class,
        IntrospectionProperties.class,
        MetricsProperties.class
    })
    static class AllProperties {}

    @Test
    void defaults() {
        runner.run(context -> {
            assertThat(context.getBean(ApplianceProperties.class))
                    .isEqualTo(new ApplianceProperties(Path.of("/var/lib/umbra"), "Umbra appliance", List.of()));
            assertThat(context.getBean(AccountsProperties.class))
                    .isEqualTo(new AccountsProperties(List.of(), List.of(), List.of()));
            assertThat(context.getBean(LoginProperties.class))
                    .isEqualTo(new LoginProperties(Duration.ofMinutes(5), 10, 60, 10_000));
            assertThat(context.getBean(AuditProperties.class))
                    .isEqualTo(new AuditProperties(Duration.ofDays(365), 1_000_000, Duration.ofHours(1)));
            assertThat(context.getBean(CertificateProperties.class))
                    .isEqualTo(new CertificateProperties(
                            List.of(),
                            Duration.ofDays(3650),
                            Duration.ofDays(365),
                            Duration.ofDays(30),
                            Duration.ofHours(12)));
            assertThat(context.getBean(ConsoleProperties.class))
                    .isEqualTo(new ConsoleProperties(Duration.ofSeconds(30), 64, 4096, List.of()));
            assertThat(context.getBean(SshProperties.class)).isEqualTo(new SshProperties(true, "0.0.0.0", 2222));
            assertThat(context.getBean(VncProperties.class)).isEqualTo(new VncProperties("0.0.0.0", 5900, null, "us"));
            assertThat(context.getBean(DisplayProperties.class)).isEqualTo(new DisplayProperties(1280, 800));
            assertThat(context.getBean(ScreenshotProperties.class)).isEqualTo(new ScreenshotProperties(60));
            assertThat(context.getBean(RecordingProperties.class))
                    .isEqualTo(new RecordingProperties(
                            Duration.ofHours(1),
                            DataSize.ofMegabytes(64),
                            20,
                            DataSize.ofMegabytes(512),
                            16,
                            Duration.ofHours(1)));
            assertThat(context.getBean(EnrolmentProperties.class))
                    .isEqualTo(new EnrolmentProperties(Duration.ofDays(7)));
            assertThat(context.getBean(IntrospectionProperties.class))
                    .isEqualTo(new IntrospectionProperties(
                            true,
                            true,
                            Duration.ofMinutes(5),
                            ScanMode.LIVE,
                            1,
                            25,
                            Duration.ofMillis(20),
                            24,
                            DataSize.ofMegabytes(8),
                            DataSize.ofMegabytes(16),
                            50));
            assertThat(context.getBean(EventProperties.class))
                    .isEqualTo(new EventProperties(
                            Severity.NOTICE,
                            1024,
                            new EventProperties.File(true, DataSize.ofMegabytes(16), 5),
                            null,
                            null));
            assertThat(context.getBean(MetricsProperties.class)).isEqualTo(new MetricsProperties(null));
        });
    }

    @Test
    void everything_can_be_set() {
        runner.withPropertyValues(
                        "umbra.state-directory=/srv/umbra",
                        "umbra.hosts[0].name=local",
                        "umbra.hosts[0].device=/dev/umbra",
                        "umbra.hosts[1].name=testbed",
                        "umbra.hosts[1].relay-socket=/run/relay.sock",
                        "umbra.hosts[1].pseudo-device-socket=/run/pseudo.sock",
                        "umbra.hosts[1].memory-file=/dev/shm/memory",
                        "umbra.hosts[1].memory-address-space=host",
                        "umbra.enrolment.secret-validity=12h",
                        "umbra.introspection.mode=paused",
                        "umbra.introspection.interval=0",
                        "umbra.events.webhook.url=https://siem.example/umbra",
                        "umbra.events.webhook.secret=0123456789abcdef0123456789abcdef",
                        "umbra.events.syslog.host=siem.example",
                        "umbra.events.syslog.transport=udp",
                        "umbra.accounts.tenants[0].name=alice",
                        "umbra.accounts.tenants[0].public-keys[0]=ssh-ed25519 AAAA",
                        "umbra.certificate.names=appliance.example,192.0.2.7")
                .run(context -> {
                    assertThat(context.getBean(ApplianceProperties.class).hosts())
                            .containsExactly(
                                    new HostProperties("local", "/dev/umbra", null, null, null, null),
                                    new HostProperties(
                                            "testbed",
                                            null,
                                            "/run/relay.sock",
                                            "/run/pseudo.sock",
                                            "/dev/shm/memory",
                                            AddressSpace.HOST));
                    assertThat(context.getBean(IntrospectionProperties.class).mode())
                            .isEqualTo(ScanMode.PAUSED);
                    assertThat(context.getBean(EventProperties.class).webhook().timeout())
                            .isEqualTo(Duration.ofSeconds(10));
                    assertThat(context.getBean(EventProperties.class).syslog().transport())
                            .isEqualTo(EventProperties.Syslog.Transport.UDP);
                    assertThat(context.getBean(EnrolmentProperties.class).secretValidity())
                            .isEqualTo(Duration.ofHours(12));
                    assertThat(context.getBean(AccountsProperties.class)
                                    .tenants()
                                    .getFirst()
                                    .maximumVms())
                            .isEqualTo(64);
                    assertThat(context.getBean(CertificateProperties.class).names())
                            .containsExactly("appliance.example", "192.0.2.7");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "umbra.service-name=",
                "umbra.ssh.port=70000",
                "umbra.vnc.port=70000",
                "umbra.vnc.keyboard-layout=klingon",
                "umbra.screenshot.per-minute=0",
                "umbra.recording.maximum-size=1KB",
                "umbra.recording.size-per-vm=32MB",
                "umbra.recording.maximum-duration=48h",
                "umbra.events.webhook.url=https://without-secret.example",
                "umbra.events.syslog.facility=4",
                "umbra.events.file.maximum-size=1B",
                "umbra.events.queue=0",
                "umbra.introspection.interval=10ms",
                "umbra.introspection.processor-share=0",
                "umbra.introspection.maximum-pause=1m",
                "umbra.introspection.moments=0",
                "umbra.introspection.history-size=1MB",
                "umbra.enrolment.secret-validity=0s",
                "umbra.enrolment.secret-validity=365d",
                "umbra.console.ticket-validity=1h",
                "umbra.console.allowed-origins=http://insecure.example",
                "umbra.login.failures-per-account=0",
                "umbra.audit.retention=1m",
                "umbra.certificate.renew-before=365d",
                "umbra.metrics.scrape-token-sha256=secret",
                "umbra.hosts[0].name=neither-device-nor-socket",
                "umbra.accounts.tenants[0].name=Not A Name",
                "umbra.accounts.operators[0].name=without-password"
            })
    void mistake_keeps_the_appliance_from_starting(String mistake) {
        runner.withPropertyValues(mistake).run(context -> assertThat(context).hasFailed());
    }

    @Test
    void accounts_do_not_show_their_hashes() {
        AccountsProperties accounts = new AccountsProperties(
                List.of(new AccountsProperties.Tenant("alice", "$argon2id$secret", List.of(), 1)),
                List.of(new AccountsProperties.Staff("operator", "$argon2id$secret")),
                List.of());

        assertThat(accounts.toString()).doesNotContain("argon2").contains("alice", "operator");
    }
}
