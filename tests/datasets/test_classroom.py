"""A classroom keeps its people, its wall and its light from image to image."""

import numpy as np
import pytest

from datasets.renderer import classroom, dataset, sampling, scene

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def images():
    """Twelve images: all signs of two people."""
    drawn = dataset.draw_many(12, seed=5, style="classroom", workers=1)
    return [(image, attributes) for _, image, attributes in drawn]


def test_a_person_shows_every_sign(images):
    people = [attributes["person"] for _, attributes in images]
    assert people == [0] * 6 + [1] * 6
    assert [attributes["sign"] for _, attributes in images] == list(range(6)) * 2
    for person in (0, 1):
        kept = {(a["tone"], a["left"], a["worn"]) for _, a in images if a["person"] == person}
        assert len(kept) == 1


def test_the_wall_is_the_same_in_every_image(images):
    corners = np.array([image[:6, :6].mean(axis=(0, 1)) for image, _ in images], float)
    assert corners.std(axis=0).max() < 8  # grey levels; walls of the plain style differ by 30


def test_a_left_hand_is_not_in_a_mirrored_room():
    left = next(number for number in range(30) if classroom.person(number).left)
    right = next(number for number in range(30) if not classroom.person(number).left)
    brighter = []
    for number in (left, right):
        image, attributes = scene.draw(5, 6 * number + 5, 5, sampling.CLASSROOM)
        assert attributes.person == number
        brighter.append(image[:8, :8].mean() > image[:8, -8:].mean())
    assert brighter[0] == brighter[1]


def test_sixty_images_have_every_sign_tone_and_hand():
    seen = set()
    for index in range(60):
        person = classroom.person(index // 6)
        seen.add((index % 6, int(person.tone * sampling.TONES), person.left))
    assert len(seen) == 60


def test_new_people_are_in_no_other_set():
    known = {CLASS.first_person + n for n in range(CLASS.people)}
    new = {NEW.first_person + n for n in range(NEW.people)}
    assert len(known) == len(new) == 20 and not known & new


CLASS, NEW = sampling.CLASSROOM, sampling.NEW_PEOPLE
