// Runs a program TIMES times, whose `main` is called `once`.
int once(void);

int main(void) {
    for (int n = 0; n < TIMES; n++)
        if (once() != 0) return 1;
    return 0;
}
