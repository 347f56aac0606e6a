// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.account.PasswordHashing;
import dev.umbra.appliance.host.CloudHostFactory;
import dev.umbra.appliance.introspection.FakeInspector;
import dev.umbra.appliance.introspection.InspectorFactory;
import dev.umbra.cloudhypervisor.CloudHost;
import dev.umbra.cloudhypervisor.CloudHostConfiguration;
import dev.umbra.cloudhypervisor.IdentityAuthority;
import dev.umbra.cloudhypervisor.MemorySource;
import dev.umbra.cloudhypervisor.TenantDevicesFactory;
import dev.umbra.cloudhypervisor.fake.FakeHypervisor;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.ultracall.MemoryFrame;
import dev.umbra.ultracall.UltracallFunction;
import dev.umbra.ultracall.UltracallRegisters;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole appliance on free ports with a fake host, started once for all tests of the process. */
public final class RunningAppliance {
    public static final String PASSWORD = "correct horse";
    private static final JsonMapper JSON = new JsonMapper();

    /** An answer of the API. */
    public record Answer(int status, HttpResponse<byte[]> response) {
        public JsonNode json() {
            return JSON.readTree(response.body());
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        public String code() {
            return json().path("code").asString("none");
        }
    }

    private static final class Holder {
        static final RunningAppliance INSTANCE = new RunningAppliance();
    }

    /** Bytes of the fake host's memory. */
    public static final long MEMORY = 64 << 20;

    public final Path state;
    /** The memory of the fake host, in which everything is zero that no test wrote. */
    public final Path memory;

    public final FakeHypervisor hypervisor = new FakeHypervisor();
    public final FakeInspector inspector = new FakeInspector();
    public final ConfigurableApplicationContext context;
    public final HttpClient client;
    public final ClientCertificates clients = new ClientCertificates();
    public final TrustManager[] trusted;
    public final SSLContext tls;
    private final int port;

    private RunningAppliance() {
        try {
            state = Files.createTempDirectory("umbra-appliance");
            memory = state.resolve("memory");
            try (RandomAccessFile file = new RandomAccessFile(memory.toFile(), "rw")) {
                file.setLength(MEMORY);
            }
            String hash = new PasswordHashing().hash(PASSWORD);
            SpringApplication application = new SpringApplication(UmbraAppliance.class, FakeHost.class);
            FakeHost.hypervisor = hypervisor;
            FakeHost.state = state;
            FakeHost.memory = memory;
            FakeHost.inspector = inspector;
            context = application.run(
                    "--server.port=0",
                    "--umbra.ssh.port=0",
                    "--umbra.ssh.address=127.0.0.1",
                    "--umbra.vnc.port=" + freePort(),
                    "--umbra.vnc.address=127.0.0.1",
                    "--umbra.vnc.client-authority=" + clients.write(state.resolve("clients.pem")),
                    "--umbra.state-directory=" + state,
                    "--umbra.hosts[0].name=fake",
                    "--umbra.hosts[0].device=/nonexistent",
                    "--umbra.introspection.interval=0",
                    "--umbra.accounts.tenants[0].name=alice",
                    "--umbra.accounts.tenants[0].maximum-vms=1000",
                    "--umbra.accounts.tenants[0].password-hash=" + hash,
                    "--umbra.accounts.tenants[1].name=bob",
                    "--umbra.accounts.tenants[1].password-hash=" + hash,
                    "--umbra.accounts.tenants[2].name=small",
                    "--umbra.accounts.tenants[2].password-hash=" + hash,
                    "--umbra.accounts.tenants[2].maximum-vms=1",
                    "--umbra.accounts.tenants[3].name=carol",
                    "--umbra.accounts.tenants[3].password-hash=" + hash,
                    "--umbra.accounts.operators[0].name=operator",
                    "--umbra.accounts.operators[0].password-hash=" + hash,
                    "--umbra.accounts.administrators[0].name=administrator",
                    "--umbra.accounts.administrators[0].password-hash=" + hash,
                    "--umbra.metrics.scrape-token-sha256="
                            + "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
            port = ((WebServerApplicationContext) context).getWebServer().getPort();
            trusted = trusting(state);
            tls = SSLContext.getInstance("TLS");
            tls.init(null, trusted, null);
            client = HttpClient.newBuilder().sslContext(tls).build();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    public static RunningAppliance get() {
        return Holder.INSTANCE;
    }

    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    public int port() {
        return port;
    }

    public URI address(String path) {
        return URI.create("https://localhost:" + port + path);
    }

    /** A request with Basic credentials; a null account sends none, a null body sends none. */
    public Answer send(String account, String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address(path));
        if (account != null) {
            request.header("Authorization", basic(account, PASSWORD));
        }
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return send(request.method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    public Answer send(HttpRequest request) {
        try {
            HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    public Answer get(String account, String path) {
        return send(account, "GET", path, null);
    }

    public Answer post(String account, String path, String body) {
        return send(account, "POST", path, body);
    }

    /** Creates a record and gives its secret. */
    public String createVm(String tenant, String name) {
        return post(tenant, "/api/v1/vms", "{\"name\":\"" + name + "\"}")
                .json()
                .path("secret")
                .asString();
    }

    /** Has a VM enrol itself; gives the status it was told. */
    public static long enrol(FakeTenantVm vm, String secret) {
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(secret)).order(ByteOrder.LITTLE_ENDIAN);
        UltracallRegisters registers =
                new UltracallRegisters(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
        try {
            return vm.ultracall(0, UltracallFunction.ENROL, registers)
                    .get(20, TimeUnit.SECONDS)
                    .status();
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Waits until the fake host is attached. */
    public void awaitHost() {
        await(() -> get("administrator", "/api/v1/hosts/fake")
                .json()
                .path("attached")
                .asBoolean());
    }

    public static void await(BooleanSupplier condition) {
        Instant end = Instant.now().plus(Duration.ofSeconds(20));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("time is up").isBefore(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }
    }

    public static String basic(String account, String password) {
        return "Basic "
                + Base64.getEncoder().encodeToString((account + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private static TrustManager[] trusting(Path state) throws IOException, GeneralSecurityException {
        try (var authority = Files.newInputStream(state.resolve("certificates/authority.pem"))) {
            KeyStore trust = KeyStore.getInstance("PKCS12");
            trust.load(null, null);
            trust.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(authority));
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(trust);
            return factory.getTrustManagers();
        }
    }

    /** Puts the fake host in the place of the configured one. */
    static class FakeHost {
        private static FakeHypervisor hypervisor;
        private static Path state;
        private static Path memory;
        private static FakeInspector inspector;

        @Bean
        InspectorFactory fakeInspectors() {
            return inspector;
        }

        @Bean
        CloudHostFactory fakeHostFactory(TenantDevicesFactory devices, IdentityAuthority identities) {
            CloudHostConfiguration configuration = CloudHostConfiguration.defaults(state.resolve("hosts"))
                    .withMemory(new MemorySource(memory, MemoryFrame.AddressSpace.HOST));
            return (host, listener) -> new CloudHost(hypervisor, configuration, devices, identities, listener);
        }
    }
}
