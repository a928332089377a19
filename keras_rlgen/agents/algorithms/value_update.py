from keras_rlgen.training.loss_gradients import loss_gradients


class ValueUpdate:
    """An update of TF-Agents' `DqnAgent`, by `loss_gradients`.

    A base class beside an agent of TF-Agents. Gradients are clipped by the optimizer,
    and values that are not finite are found by the `HealthMonitor`.
    """

    def _train(self, experience, weights):
        def loss():
            info = self._loss(
                experience,
                td_errors_loss_fn=self._td_errors_loss_fn,
                gamma=self._gamma,
                reward_scale_factor=self._reward_scale_factor,
                weights=weights,
                training=True,
            )
            return info.loss, info

        variables = self._q_network.trainable_weights
        (_, info), gradients = loss_gradients(loss, variables)
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        self.train_step_counter.assign_add(1)
        self._update_target()
        return info
