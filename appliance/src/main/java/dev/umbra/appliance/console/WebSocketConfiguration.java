// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import org.apache.tomcat.websocket.server.WsSci;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;

@Configuration(proxyBeanMethods = false)
@EnableWebSocket
class WebSocketConfiguration {
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> webSocketContainer() {
        return factory ->
                factory.addContextCustomizers(context -> context.addServletContainerInitializer(new WsSci(), null));
    }

    /** The handshakes check the origin themselves, since they know which names are ours. */
    @Bean
    WebSocketConfigurer consoleSockets(
            ConsoleSocketHandler consoles,
            ConsoleHandshake consoleHandshake,
            DisplaySocketHandler displays,
            ConsoleHandshake displayHandshake) {
        return registry -> {
            registry.addHandler(consoles, ConsoleKind.SERIAL.path())
                    .setAllowedOriginPatterns("*")
                    .addInterceptors(consoleHandshake);
            registry.addHandler(displays, ConsoleKind.GRAPHICAL.path())
                    .setAllowedOriginPatterns("*")
                    .addInterceptors(displayHandshake);
        };
    }
}
