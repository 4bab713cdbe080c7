"""The price list: what work and parts cost the customer, where and from when on."""
