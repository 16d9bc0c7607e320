#!/usr/bin/python3
"""Makes line_reader.pt: a CNN and a bidirectional LSTM that read a line of digits, scripted with its control flow.

    make.py FOLDER

Draws lines of digits in a 5x7 font, trains with the CTC loss until 98 % of held-out lines are read (a few minutes on two
cores), and writes FOLDER/line_reader.pt, FOLDER/lines.npz (four lines of one width to try it on) and FOLDER/lines_inverted.npz
(the same with ink and paper exchanged, so that the model's branch goes the other way).
"""
import pathlib
import sys

import numpy
import torch
from torch import Tensor, nn

FONT = {  # one row of pixels per number, most significant bit left
    0: (14, 17, 19, 21, 25, 17, 14), 1: (4, 12, 4, 4, 4, 4, 14), 2: (14, 17, 1, 2, 4, 8, 31), 3: (31, 2, 4, 2, 1, 17, 14),
    4: (2, 6, 10, 18, 31, 2, 2), 5: (31, 16, 30, 1, 1, 17, 14), 6: (6, 8, 16, 30, 17, 17, 14), 7: (31, 1, 2, 4, 8, 8, 8),
    8: (14, 17, 17, 14, 17, 17, 14), 9: (14, 17, 17, 15, 1, 2, 12),
}
HEIGHT = 16


class LineReader(nn.Module):
    """Grey images [batch, 1, 16, width] in 0…1 -> scores [batch, width/4, 11] and the best reading.

    Digits are classes 1 to 10, class 0 is the blank. `digits` [batch, width/4] holds the digit where one begins, else
    -1; `count` [batch] is how many there are.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(64, 96, 3, padding=1), nn.BatchNorm2d(96), nn.ReLU(), nn.MaxPool2d((4, 1)))
        self.lstm = nn.LSTM(96, 96, num_layers=2, bidirectional=True, batch_first=True)
        self.classify = nn.Linear(192, 11)

    def forward(self, image: Tensor):
        if bool(image.mean() > 0.5):  # dark ink on light paper
            image = 1 - image
        columns = self.features(image).squeeze(2).transpose(1, 2)
        sequence, _ = self.lstm(columns)
        scores = torch.log_softmax(self.classify(sequence), dim=-1)
        digits, count = self.read(scores)
        return scores, digits, count

    def read(self, scores: Tensor):
        best = scores.argmax(dim=-1)
        digits = torch.full_like(best, -1)
        count = torch.zeros_like(best[:, 0])
        previous = torch.zeros_like(count)
        for step in range(best.size(1)):
            current = best[:, step]
            begins = (current != 0) & (current != previous)
            digits[:, step] = torch.where(begins, current - 1, torch.full_like(current, -1))
            count = count + begins.to(torch.int64)
            previous = current
        return digits, count


def draw(digits, width, random):
    image = torch.zeros(HEIGHT, width)
    gap = (width - 4 - 7 * len(digits)) // len(digits)
    x = 2
    for digit in digits:
        x += int(torch.randint(0, max(1, min(gap, 3)) + 1, (), generator=random))
        y = int(torch.randint(2, HEIGHT - 9, (), generator=random))
        for row, bits in enumerate(FONT[digit]):
            for column in range(5):
                if bits >> (4 - column) & 1:
                    image[y + row, x + column] = 1.0
        x += 7
    image = (image * 0.8 + 0.1 * torch.rand(image.shape, generator=random)).clamp(0, 1)
    return 1 - image if torch.rand((), generator=random) < 0.5 else image


def batch(size, random):
    length = int(torch.randint(2, 8, (), generator=random))
    width = 4 * ((4 + 10 * length) // 4 + int(torch.randint(0, 4, (), generator=random)))
    texts = torch.randint(0, 10, (size, length), generator=random)
    # All of a batch are dark on light or all light on dark: the model decides once per batch.
    lines = [draw(text.tolist(), width, random) for text in texts]
    lines = [line if line.mean() < 0.5 else 1 - line for line in lines]
    image = torch.stack(lines)[:, None]
    return (1 - image if torch.rand((), generator=random) < 0.5 else image), texts


def right_share(model, random, batches=8):
    model.eval()
    right = total = 0
    for _ in range(batches):
        image, texts = batch(16, random)
        _, digits, _ = model(image)
        right += sum(line[line >= 0].tolist() == text.tolist() for line, text in zip(digits, texts))
        total += len(texts)
    return right / total


def train(model, random):
    loss_of = nn.CTCLoss(zero_infinity=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for step in range(1, 2001):
        model.train()
        image, texts = batch(24, random)
        scores = model(image)[0].transpose(0, 1)
        steps = torch.full((len(texts),), scores.size(0))
        loss = loss_of(scores, texts + 1, steps, torch.full((len(texts),), texts.size(1)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0:
            with torch.no_grad():
                share = right_share(model, torch.Generator().manual_seed(99))
            print(f"step {step}: loss {loss.item():.3f}, {share:.0%} of held-out lines read", flush=True)
            if share >= 0.98:
                return


def main():
    folder = pathlib.Path(sys.argv[1])
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(1)
    model = LineReader()
    train(model, random)
    torch.jit.script(model.eval()).save(str(folder / "line_reader.pt"))
    image, texts = batch(4, torch.Generator().manual_seed(7))
    print("lines.npz shows", ["".join(map(str, text.tolist())) for text in texts], "reads", model(image)[1].tolist())
    numpy.savez(folder / "lines.npz", image=image.numpy())
    numpy.savez(folder / "lines_inverted.npz", image=(1 - image).numpy())


if __name__ == "__main__":
    main()
