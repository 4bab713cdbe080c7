"""The people of the tests: everyone who has a role in one territory, and strangers to try the doors."""

from functools import cached_property

from accounts.models import Role, RoleGrant, Territory, User


class People:
    """Made when first asked for, so that a test pays only for whom it uses."""

    @cached_property
    def north(self) -> Territory:
        return Territory.objects.create(code="north", name="North", name_zh="北区", time_zone="Asia/Shanghai")

    @cached_property
    def south(self) -> Territory:
        return Territory.objects.create(code="south", name="South", name_zh="南区", time_zone="Asia/Shanghai")

    def _staff(self, username: str, name: str, role: Role, territory: Territory | None) -> User:
        user = User.objects.create_user(username, name=name)
        RoleGrant.objects.create(user=user, role=role, territory=territory)
        return user

    def _resident(self, phone: str, name: str) -> User:
        user = User.objects.create_user(None, phone=phone, name=name)
        RoleGrant.objects.create(user=user, role=Role.RESIDENT)
        return user

    @cached_property
    def agent(self) -> User:
        return self._staff("agent", "Ada Agent", Role.AGENT, self.north)

    @cached_property
    def second_agent(self) -> User:
        return self._staff("amir", "Amir Agent", Role.AGENT, self.north)

    @cached_property
    def dispatcher(self) -> User:
        return self._staff("dispatcher", "Dora Dispatcher", Role.DISPATCHER, self.north)

    @cached_property
    def supervisor(self) -> User:
        return self._staff("supervisor", "Sam Supervisor", Role.SUPERVISOR, self.north)

    @cached_property
    def storekeeper(self) -> User:
        return self._staff("storekeeper", "Stella Storekeeper", Role.STOREKEEPER, self.north)

    @cached_property
    def technician(self) -> User:
        return self._staff("technician", "Tom Technician", Role.TECHNICIAN, self.north)

    @cached_property
    def colleague(self) -> User:
        """Another technician of the same territory."""
        return self._staff("colleague", "Colin Colleague", Role.TECHNICIAN, self.north)

    @cached_property
    def mate(self) -> User:
        """A third technician there, who goes along."""
        return self._staff("mate", "Mia Mate", Role.TECHNICIAN, self.north)

    @cached_property
    def administrator(self) -> User:
        return self._staff("administrator", "Alma Administrator", Role.ADMINISTRATOR, None)

    @cached_property
    def southern_dispatcher(self) -> User:
        return self._staff("southern", "Suna Southern", Role.DISPATCHER, self.south)

    @cached_property
    def resident(self) -> User:
        return self._resident("+8613812345678", "Rosa Resident")

    @cached_property
    def neighbour(self) -> User:
        """Another resident, who has nothing to do with it."""
        return self._resident("+8613812345679", "Nils Neighbour")
