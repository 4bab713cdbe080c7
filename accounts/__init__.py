"""Users and roles, territories and skills, sign-in and the tokens of devices."""
