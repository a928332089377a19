from typing import Any, NamedTuple

import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.generation_environment import GenerationEnvironment
from keras_rlgen.environments.observed_log_prior import ObservedLogPrior
from keras_rlgen.environments.where_ended import where_ended
from keras_rlgen.models import SequenceGenerator


class TokenState(NamedTuple):
    """The state of `B` partially generated sequences of `length` tokens."""

    tokens: tf.Tensor  # (B, length) int32, `vocabulary_size` where nothing is yet
    position: tf.Tensor  # (B,) int32, the step that comes next
    prior_state: Any  # the state of the prior's backbone, tensors (B, ...)
    log_prior: tf.Tensor  # (B, vocabulary_size) float32, of the next token; or (B, 0)


class TokenGeneration(GenerationEnvironment):
    """Generate a sequence of tokens, one after another.

    The discrete action is the next token. After `length` tokens, or the end token, the
    episode terminates with the reward of the sequence. A prior, such as a generator
    trained by likelihood, adds at each step

        kl_weight * log p(token given the tokens before)

    which is the part of the KL divergence from the prior that the agent's choice has;
    its other part, the entropy, is what an agent with a `temperature` maximises. The
    variants of RL Tuner, for a weight `c`:

    | variant | environment | agent | optimum |
    | --- | --- | --- | --- |
    | Q | `kl_weight=c` | `DQN(...)` | the sequence of highest `r + c log p` |
    | Psi | `kl_weight=c` | `DQN(..., temperature=c)` | `p(x) exp(r(x) / c)` |
    | G | `kl_weight=0` | `DQN(..., temperature=c, log_prior=log_prior)` | the same |

    The last line's `log_prior` is that of the environment. All are for `gamma=1`.

    Observation, float32 `(length,)`: the tokens so far, and `vocabulary_size` for those
    to come; with a prior `(length + vocabulary_size,)`, its log-probabilities of the
    next token behind them.

    Args:
        length: Integer >= 1, the tokens of a sequence.
        reward: Name, `Reward`, arithmetic of rewards, or plain function of int32
            samples `(batch, length)`.
        prior: `SequenceGenerator` of one voice and without prompts; it is not trained.
            `None` for no prior.
        vocabulary_size: Integer >= 2, the number of tokens. Defaults to the prior's.
        end_token: Integer, the token that ends a sequence. Defaults to the prior's.
            What follows it in a sample are end tokens.
        kl_weight: Float >= 0, in reward per nat.

    Attributes:
        log_prior: `ObservedLogPrior`, for the argument of `DQN`; `None` without a
            prior.

    Raises:
        ValueError: If an argument is out of its range, or the prior does not fit.
        TypeError: If the prior is no `SequenceGenerator`.

    Example:

    >>> def count_ones(samples):
    ...     return tf.reduce_sum(tf.cast(samples == 1, tf.float32), axis=1)
    >>> environment = TokenGeneration(3, count_ones, vocabulary_size=2)
    >>> state = environment.reset(seed=(0, 1), num_environments=2)
    >>> for _ in range(3):
    ...     state, result = environment.step(state, tf.constant([0, 1]), (0, 2))
    >>> result.reward.numpy(), environment.samples(state).numpy().tolist()
    (array([0., 3.], dtype=float32), [[0, 0, 0], [1, 1, 1]])

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), equations 6 to 10, in
        reward instead of nats: there rewards are divided by `c`.
    """

    sample_dtype = "int32"

    def __init__(
        self,
        length,
        reward,
        prior=None,
        vocabulary_size=None,
        end_token=None,
        kl_weight=0.0,
    ):
        if not is_integer(length) or length < 1:
            raise ValueError(
                f"Expected `length` to be a positive integer. Received: {length!r}"
            )
        if prior is not None:
            _check_prior(prior, length)
            vocabulary_size = vocabulary_size or prior.vocabulary_size
            end_token = prior.end_token if end_token is None else end_token
        if not is_integer(vocabulary_size) or vocabulary_size < 2:
            raise ValueError(
                "Expected `vocabulary_size` to be an integer of at least 2, or a "
                f"`prior`. Received: {vocabulary_size!r}"
            )
        if prior is not None and vocabulary_size != prior.vocabulary_size:
            raise ValueError(
                f"Expected the prior's vocabulary of {prior.vocabulary_size} tokens. "
                f"Received: vocabulary_size={vocabulary_size}"
            )
        if end_token is not None and end_token not in range(vocabulary_size):
            raise ValueError(
                f"Expected `end_token` to be a token from 0 to {vocabulary_size - 1}. "
                f"Received: {end_token!r}"
            )
        if not (is_number(kl_weight) and kl_weight >= 0.0) or (
            kl_weight and prior is None
        ):
            raise ValueError(
                "Expected `kl_weight` of zero or above, and zero without a `prior`. "
                f"Received: kl_weight={kl_weight!r}, prior={prior!r}"
            )
        self.length = int(length)
        self.vocabulary_size = int(vocabulary_size)
        self.end_token = end_token
        self.prior = prior
        self.kl_weight = float(kl_weight)
        self.log_prior = None
        if prior is not None:
            self.log_prior = ObservedLogPrior(self.vocabulary_size)
            self.costly_reset = True  # The prior is evaluated on the start token.
        size = self.length + (0 if prior is None else self.vocabulary_size)
        super().__init__(
            reward,
            (self.length,),
            observation_shape=(size,),
            action=DiscreteAction(self.vocabulary_size),
            max_episode_steps=self.length,
        )

    def initial_state(self, seed, num_environments):
        count = num_environments
        tokens = tf.fill((count, self.length), self.vocabulary_size)
        position = tf.zeros((count,), tf.int32)
        if self.prior is None:
            return TokenState(tokens, position, (), tf.zeros((count, 0)))
        first = self.prior.start_token
        start = tf.fill((count,), self.vocabulary_size if first is None else first)
        logits, prior_state = self.prior.backbone.step(
            start, self.prior.backbone.start(count)
        )
        return TokenState(tokens, position, prior_state, tf.nn.log_softmax(logits))

    def transition(self, inner_state, action, seed):
        here = tf.one_hot(inner_state.position, self.length) > 0.0
        tokens = tf.where(here, action[:, tf.newaxis], inner_state.tokens)
        position = inner_state.position + 1
        terminated = position >= self.length
        if self.end_token is not None:
            terminated |= action == self.end_token
        reward = tf.cond(
            tf.reduce_any(terminated),
            lambda: tf.where(terminated, self.score(self._completed(tokens)), 0.0),
            lambda: tf.zeros(action.shape),
        )
        state = inner_state._replace(tokens=tokens, position=position)
        if self.prior is None:
            return state, reward, terminated
        if self.kl_weight:
            chosen = tf.gather(inner_state.log_prior, action, batch_dims=1)
            reward += self.kl_weight * chosen
        prior_state, log_prior = self._next_prior(
            action, inner_state.prior_state, terminated
        )
        state = state._replace(prior_state=prior_state, log_prior=log_prior)
        return state, reward, terminated

    def _next_prior(self, action, prior_state, terminated):
        """Shows the prior the latest tokens; returns its state and log-probabilities.

        It does not see the last token of a sequence, which its context may not hold.
        """
        backbone = self.prior.backbone
        count = action.shape[0]
        before = where_ended(
            terminated, lambda: backbone.start(count), prior_state, costly=False
        )
        logits, prior_state = backbone.step(action, before)
        return prior_state, tf.nn.log_softmax(logits)

    def observation(self, inner_state):
        tokens = tf.cast(inner_state.tokens, tf.float32)
        return tf.concat([tokens, inner_state.log_prior], axis=-1)

    def samples(self, state):
        return self._completed(state.inner_state.tokens)

    def samples_of(self, observations):
        """Returns the samples that observations show.

        Args:
            observations: Float tensor or array `(batch, *observation_shape)`, such as
                the last observations of recorded episodes.

        Returns:
            Int32 tensor `(batch, length)`.
        """
        tokens = tf.cast(tf.convert_to_tensor(observations), tf.int32)
        return self._completed(tokens[:, : self.length])

    def _completed(self, tokens):
        """Returns tokens with end tokens, or 0, in the place of those to come."""
        fill = 0 if self.end_token is None else self.end_token
        return tf.where(tokens == self.vocabulary_size, fill, tokens)


def _check_prior(prior, length):
    if not isinstance(prior, SequenceGenerator):
        raise TypeError(
            "Expected `prior` to be a `SequenceGenerator`, or `None`. Received: "
            f"{prior!r} of type {type(prior).__name__}"
        )
    if prior.voices is not None or prior.has_condition:
        raise ValueError(
            "Expected a `prior` of one voice and without prompts. Received: voices="
            f"{prior.voices}, conditions={prior.conditions!r}"
        )
    if getattr(prior.backbone, "is_synchronous", False):
        raise ValueError(
            f"`{type(prior.backbone).__name__}` generates all sequences of a batch in "
            "step, and those of an environment end and begin at different times. Use a "
            "prior with `RecurrentBackbone` or `TransformerBackbone`."
        )
    if prior.length < length:
        raise ValueError(
            f"Expected a `prior` of sequences of at least {length} tokens. Received "
            f"one of {prior.length}."
        )
