"""TLS as OSync speaks it: certificates are always verified, by the system's authorities and those that the user trusts besides."""

import ssl

from osync.errors import ConfigurationError
from osync.network import Network


def client_context(network: Network) -> ssl.SSLContext:
    """Make the TLS context for connections to servers: TLS 1.2 or newer, certificate and name verified. ConfigurationError."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if network.ca_file:
        try:
            context.load_verify_locations(cafile=network.ca_file)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The certificates in {network.ca_file} cannot be read.",
                unharmed="Nothing was sent or changed.",
                advice="ca_file in [network] of the settings has to name a file of certificates in PEM form.",
            ) from error
    return context
