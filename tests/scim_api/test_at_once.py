"""Questions that come at once are answered together, each by its own answer."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from tests.scim_api.making import Create
from tests.serving import Scim


def test_each_gets_its_own_answer(endpoint: Scim, create_user: Create) -> None:
    names = [f"at-once-{number}" for number in range(8)]
    made = [create_user(name) for name in names]
    paths = [f"/Users/{user['id']}" for user in made]
    filters = [f'userName eq "{name}@x.test"' for name in names]
    paths += [f"/Users?filter={quote(text)}" for text in filters]
    paths += ["/Users/diruser_nobody", '/Users?filter=userName eq "nobody"', "/Users?filter=id"]
    paths *= 10

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(endpoint.client.get, paths))

    for path, answer in zip(paths, answers, strict=True):
        alone = endpoint.client.get(path)
        assert (answer.status_code, answer.json()) == (alone.status_code, alone.json()), path
    assert {answer.status_code for answer in answers} == {200, 400, 404}
