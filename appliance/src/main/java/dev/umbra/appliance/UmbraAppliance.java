// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class UmbraAppliance {
    public static void main(String[] arguments) {
        SpringApplication.run(UmbraAppliance.class, arguments);
    }
}
