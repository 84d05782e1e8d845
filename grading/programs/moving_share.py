"""`moving_share` in many right spellings, as students' cells."""

RIGHT = {
    "a loop": """
def moving_share(momentum, steps):
    share = 1.0
    for _ in range(steps):
        share = momentum * share
    return share""",
    "a power": """
def moving_share(momentum, steps):
    return momentum**steps""",
    "pow": """
def moving_share(momentum, steps):
    return pow(momentum, steps)""",
    "math": """
def moving_share(momentum, steps):
    import math
    return math.exp(steps * math.log(momentum))""",
    "math.prod": """
def moving_share(momentum, steps):
    import math
    return math.prod([momentum] * steps)""",
    "numpy": """
def moving_share(momentum, steps):
    return np.power(momentum, steps)""",
    "a numpy product": """
def moving_share(momentum, steps):
    return np.prod(np.full(steps, momentum))""",
    "a cumulative product": """
def moving_share(momentum, steps):
    return np.cumprod([momentum] * steps)[-1]""",
    "an array with one number": """
def moving_share(momentum, steps):
    return np.array([momentum]) ** steps""",
    "TensorFlow": """
def moving_share(momentum, steps):
    return tf.pow(momentum, float(steps))""",
    "a TensorFlow loop": """
def moving_share(momentum, steps):
    share = tf.constant(1.0)
    for _ in tf.range(steps):
        share = share * momentum
    return share""",
    "keras.ops": """
def moving_share(momentum, steps):
    return keras.ops.power(momentum, float(steps))""",
    "a moving average of zeros": """
def moving_share(momentum, steps):
    moving = 1
    while steps > 0:
        moving, steps = momentum * moving + (1 - momentum) * 0, steps - 1
    return moving""",
    "the difference of two averages": """
def moving_share(momentum, steps):
    first, second = 0.0, 1.0
    for batch in range(steps):
        first = momentum * first + (1 - momentum) * batch
        second = momentum * second + (1 - momentum) * batch
    return second - first""",
    "1 without the batches' weights": """
def moving_share(momentum, steps):
    return 1 - sum((1 - momentum) * momentum**k for k in range(steps))""",
    "recursion": """
def moving_share(momentum, steps):
    return 1 if steps == 0 else momentum * moving_share(momentum, steps - 1)""",
    "functools.reduce": """
def moving_share(momentum, steps):
    from functools import reduce
    return reduce(lambda share, _: share * momentum, range(steps), 1)""",
    "a layer": """
def moving_share(momentum, steps):
    norm = BatchNormalization(momentum=momentum)
    norm.build((None, 1))
    for _ in range(steps):
        norm(np.zeros((4, 1), "float32"), training=True)
    return norm.moving_variance.numpy()""",
}
"""Right programs by title."""

WRONG = {
    "share_of_the_batches": ("return share", "return 1 - share"),
    "one_step_off": ("range(steps)", "range(steps - 1)"),
    "other_factor": ("momentum * share", "(1 - momentum) * share"),
    "multiplied_by_steps": ("return share", "return momentum * steps"),
    "straight_line": ("momentum * share", "share - (1 - momentum)"),
    "steps_ignored": ("range(steps)", "range(1)"),
    "power_exchanged": ("return share", "return steps**momentum"),
    "share_of_the_first_batch": ("share = 1.0", "share = 1 - momentum"),
    "summed_up": ("return share", "return sum(momentum**k for k in range(steps))"),
    "percent": ("share = 1.0", "share = 100.0"),
    "rounded": ("return share", "return round(share, 2)"),
    "all_steps": ("return share", "return [momentum**k for k in range(1, steps + 1)]"),
    "wrong_return": ("return share", "return str(share)"),
    "unknown": ("return share", "return share / 3"),
}
"""By a mistake's id, the change to the first right program that makes it."""
