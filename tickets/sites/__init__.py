"""Where the service is needed: sites, the customers' service accounts there, the equipment installed."""
