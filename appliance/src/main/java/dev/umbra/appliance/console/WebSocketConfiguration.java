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

    /** The handshake checks the origin itself, since it knows which names are ours. */
    @Bean
    WebSocketConfigurer consoleSocket(ConsoleSocketHandler handler, ConsoleHandshake handshake) {
        return registry -> registry.addHandler(handler, "/api/v1/console")
                .setAllowedOriginPatterns("*")
                .addInterceptors(handshake);
    }
}
